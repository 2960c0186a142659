package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store does about lanes: what is urgent can be claimed apart from all else. */
abstract class LaneContract extends ClaimContract {
  private static final SagaError WHY = new SagaError("a", "no", null);
  private static final SagaChange URGENT_PARK =
      new SagaChange.Park(Duration.ZERO, null, Lane.URGENT);
  private static final SagaChange ORDINARY_PARK =
      new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY);

  private List<SagaId> urgent(NodeId node) {
    return claimUrgent(node).stream().map(StoreScene::id).toList();
  }

  private Fence parked(SagaChange park) {
    Fence fence = started(join(LONG));
    change(fence, park);
    return fence;
  }

  @Test
  void claimsWhatIsUrgentHoweverMuchElseHasBeenDueForLonger() {
    NodeId node = join(LONG);
    for (int i = 0; i < 20; i++) {
      started(null);
    }
    parked(ORDINARY_PARK);
    elapse(Duration.ofMillis(5));
    Fence first = parked(URGENT_PARK);
    elapse(Duration.ofMillis(5));
    Fence second = parked(URGENT_PARK);

    assertThat(store().claimUrgent(node, List.of(ORDER), 1))
        .extracting(StoreScene::id)
        .containsExactly(first.saga());
    assertThat(urgent(node)).containsExactly(second.saga());
    assertThat(urgent(node)).isEmpty();
    assertThat(isDue(ORDER)).as("all else is left").isTrue();
  }

  @Test
  void aClaimOfAllTakesWhatIsUrgentAsWell() {
    NodeId node = join(LONG);
    Fence urgent = parked(URGENT_PARK);
    Fence ordinary = parked(ORDINARY_PARK);
    assertThat(claim(node))
        .extracting(StoreScene::id)
        .containsExactlyInAnyOrder(urgent.saga(), ordinary.saga());
  }

  @Test
  void claimsWhatIsUrgentAsAnyOther() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var park = new SagaChange.Park(Duration.ofMinutes(1), null, Lane.URGENT);
    write(new Transition(fence, List.of(retrying("a", 1, 1, null)), park, Links.NONE));
    assertThat(urgent(node)).as("before its time").isEmpty();
    elapse(Duration.ofMinutes(2));
    var other = List.of(new DefinitionRef("order", 2, "f1"));
    assertThat(store().claimUrgent(node, other, 10)).isEmpty();
    assertThat(store().claimUrgent(node, List.of(), 10)).isEmpty();
    assertThat(store().claimUrgent(node, List.of(ORDER), 0)).isEmpty();
    assertThat(store().claimUrgent(new NodeId(UUID.randomUUID()), List.of(ORDER), 10)).isEmpty();

    Claim claim = claimUrgent(node).getFirst();
    assertThat(claim.deadOwner()).isNull();
    assertThat(claim.snapshot().log()).hasSize(1);
    assertThat(claim.snapshot().saga().epoch()).isEqualTo(1);
    assertThat(claim.snapshot().saga().owner()).isEqualTo(node);
    assertThat(claim.snapshot().saga().wakeAt()).isNull();
  }

  @Test
  void onceUrgentASagaIsAlwaysUrgent() {
    NodeId node = join(LONG);
    Fence fence = parked(URGENT_PARK);
    assertThat(urgent(node)).containsExactly(fence.saga());
    change(new Fence(fence.saga(), node, 1), ORDINARY_PARK);
    assertThat(urgent(node)).containsExactly(fence.saga());
  }

  @Test
  void aSagaThatIsStuckIsUrgentOnceItGoesOnIfItWasThenOrIsNowOrCompensates() {
    NodeId node = join(LONG);
    Fence forward = started(node);
    change(forward, new SagaChange.Stick(WHY, Lane.ORDINARY));
    amend(forward, new SagaChange.Resume(Lane.ORDINARY));
    Fence beyond = started(node);
    change(beyond, new SagaChange.Stick(WHY, Lane.URGENT));
    amend(beyond, new SagaChange.Resume(Lane.ORDINARY));
    Fence skipped = started(node);
    change(skipped, new SagaChange.Stick(WHY, Lane.ORDINARY));
    amend(skipped, new SagaChange.Resume(Lane.URGENT));
    Fence backward = started(node);
    change(backward, new SagaChange.TurnAround(WHY));
    change(backward.next(), new SagaChange.Stick(WHY, Lane.ORDINARY));
    amend(backward, new SagaChange.Resume(Lane.ORDINARY));

    assertThat(urgent(node))
        .containsExactlyInAnyOrder(beyond.saga(), skipped.saga(), backward.saga());
  }

  /** It is what one past its pivot waits for. */
  @Test
  void aSagaIsUrgentFromTheFirstIfItIsStartedSo() {
    NodeId node = join(LONG);
    List<NewSaga> sagas = List.of(startedAs(Lane.URGENT), startedAs(Lane.ORDINARY));
    Fence parent = started(node);
    Links links = Links.starting(sagas);
    write(new Transition(parent, List.of(row("a", 1)), null, links));
    NewSaga one = startedAs(Lane.URGENT);
    store().start(List.of(one));

    assertThat(claimUrgent(node))
        .allMatch(claim -> claim.snapshot().saga().lane() == Lane.URGENT)
        .extracting(StoreScene::id)
        .containsExactlyInAnyOrder(sagas.getFirst().id(), one.id());
    assertThat(store().rows(List.of(sagas.getLast().id())))
        .extracting(SagaRow::lane)
        .containsExactly(Lane.ORDINARY);
  }

  private NewSaga startedAs(Lane lane) {
    return saga(UUID.randomUUID().toString(), null).withLane(lane);
  }

  @Test
  void aSagaThatIsCancelledOrCalledBackIsUrgent() {
    NodeId node = join(LONG);
    Fence cancelled = parked(new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY));
    cancel(cancelled);
    Fence completed = started(node);
    write(end(completed));
    amend(completed, new SagaChange.CallBack(WHY));

    assertThat(urgent(node)).containsExactlyInAnyOrder(cancelled.saga(), completed.saga());
  }

  @Test
  void whatADeadNodeWasAtIsClaimedWhateverItIs() {
    NodeId first = join(LEASE);
    List<SagaId> sagas = List.of(begun(first).saga(), begun(first).saga());
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    List<Claim> claims = claimUrgent(second);
    assertThat(claims).extracting(StoreScene::id).containsExactlyInAnyOrderElementsOf(sagas);
    assertThat(claims).allMatch(claim -> first.equals(claim.deadOwner()));
    assertThat(claims).allMatch(claim -> claim.snapshot().saga().crashCount() == 1);
  }

  private Fence begun(NodeId node) {
    Fence fence = started(node);
    write(fence, retrying("a", 1, 1, null));
    return fence;
  }

  /** It may have had any number of these, and whoever claimed them would have room for none. */
  @Test
  void whatADeadNodeHadNotBegunIsLeftToAClaimOfAll() {
    NodeId first = join(LEASE);
    Fence begun = begun(first);
    Fence other = started(first);
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LONG);

    assertThat(urgent(second)).containsExactly(begun.saga());
    assertThat(urgent(second)).isEmpty();
    assertThat(claim(second)).extracting(StoreScene::id).containsExactly(other.saga());
  }

  @Test
  void saysThatSomethingIsUrgentOnlyIfItCanBeRunHere() {
    NodeId first = join(LEASE);
    started(first);
    elapse(LEASE.multipliedBy(2));
    var other = List.of(new DefinitionRef("order", 2, "f1"));

    assertThat(store().poll(other, 0)).isEqualTo(new Poll(0, false, false));
    assertThat(store().poll(List.of(ORDER), 0)).isEqualTo(new Poll(0, true, true));
  }

  /** Claims of all may find no room for as long as new sagas come. */
  @Test
  void whatTwoOwnersDiedWithIsClaimedOneAtATimeBesideAllElse() {
    NodeId first = join(LEASE);
    List<SagaId> sagas = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sagas.add(started(first).saga());
    }
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    assertThat(claim(second)).hasSize(3);
    SagaId further = sagas.removeFirst();
    write(new Fence(further, second, 1), row("a", 1, LogStatus.SUCCEEDED, 1, null));
    elapse(LEASE.multipliedBy(2));
    NodeId third = join(LONG);
    Fence due = parked(URGENT_PARK);

    List<SagaId> claimed = urgent(third);
    assertThat(claimed).contains(further, due.saga()).hasSize(3);
    assertThat(sagas).containsAnyElementsOf(claimed);
    assertThat(urgent(third)).hasSize(1).isSubsetOf(sagas);
    assertThat(urgent(third)).isEmpty();
  }

  /** A takeover may end in a wait, with which the crashes are not forgiven. */
  @Test
  void ofThoseThatTwoOwnersDiedWithAndThatAreDueOneIsClaimedAtATimeOnceItHasBeenForLongest() {
    List<SagaId> suspects = suspectsDue(2);
    Fence beside = parked(URGENT_PARK);
    NodeId node = join(LONG);

    assertThat(urgent(node)).containsExactlyInAnyOrder(suspects.getFirst(), beside.saga());
    elapse(Duration.ofMillis(5));
    Fence last = parked(URGENT_PARK);
    assertThat(store().claimUrgent(node, List.of(ORDER), 1))
        .extracting(StoreScene::id)
        .containsExactly(suspects.getLast());
    assertThat(urgent(node)).containsExactly(last.saga());
  }

  private List<SagaId> suspectsDue(int count) {
    NodeId never = new NodeId(UUID.randomUUID());
    for (int i = 0; i < count; i++) {
      started(never);
    }
    assertThat(claim(join(LEASE))).hasSize(count);
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LONG);
    List<SagaId> suspects = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SagaId suspect = urgent(second).getFirst();
      change(new Fence(suspect, second, 2), URGENT_PARK);
      elapse(Duration.ofMillis(5));
      suspects.add(suspect);
    }
    return suspects;
  }
}
