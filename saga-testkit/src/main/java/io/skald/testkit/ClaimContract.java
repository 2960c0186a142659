package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** What every store does about claims. */
abstract class ClaimContract extends OwnershipContract {
  @Test
  void claimsWhatIsDueAndRaisesTheEpoch() {
    NodeId node = join(LONG);
    Fence due = started(null);
    Fence parked = started(node);
    write(
        new Transition(
            parked,
            List.of(),
            new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY),
            Links.NONE));
    Fence owned = started(node);
    List<Claim> claims = claim(node);

    assertThat(claims).extracting(StoreScene::id).containsExactly(due.saga());
    assertThat(claims.getFirst().deadOwner()).isNull();
    assertThat(claims.getFirst().snapshot().saga().epoch()).isEqualTo(1);
    assertThat(claims.getFirst().snapshot().saga().owner()).isEqualTo(node);
    assertThat(claim(node)).isEmpty();
    assertThat(store().owned(node)).containsExactlyInAnyOrder(due.saga(), owned.saga());
  }

  @Test
  void claimsAParkedSagaOnceItIsDueWithItsLog() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var park = new SagaChange.Park(Duration.ofMinutes(1), null, Lane.ORDINARY);
    write(new Transition(fence, List.of(retrying("a", 1, 1, null)), park, Links.NONE));
    assertThat(claim(node)).isEmpty();
    elapse(Duration.ofMinutes(2));

    assertThat(claim(node).getFirst().snapshot().log()).hasSize(1);
  }

  @Test
  void takesASagaFromADeadOwnerAndSaysSo() {
    NodeId dead = join(LEASE);
    NodeId live = join(LONG);
    Fence fence = started(dead);
    assertThat(claim(live)).isEmpty();
    elapse(LEASE.multipliedBy(2));
    Claim claim = claim(live).getFirst();

    assertThat(claim.deadOwner()).isEqualTo(dead);
    assertThat(claim.snapshot().saga().crashCount()).isEqualTo(1);
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(store().settle(fence.saga(), dead)).isEmpty();
  }

  @Test
  void forgivesCrashesOnceAStepIsBroughtToAnEnd() {
    NodeId first = join(LEASE);
    Fence fence = started(first);
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    claim(second);
    var cutOff = new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY);
    Fence now = new Fence(fence.saga(), second, 1);
    write(new Transition(now, List.of(retrying("a", 1, 1, null)), cutOff, Links.NONE));
    assertThat(claim(second).getFirst().snapshot().saga().crashCount()).isEqualTo(1);
    write(
        new Fence(fence.saga(), second, 2),
        row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1)));
    assertThat(load(fence).saga().crashCount()).isZero();
  }

  @Test
  void aNodeWhoseLeaseRanOutClaimsNothing() {
    NodeId node = join(LEASE);
    started(null);
    elapse(LEASE.multipliedBy(2));
    assertThat(claim(node)).isEmpty();
  }

  @Test
  void leavesDefinitionsAloneThatTheNodeDoesNotKnow() {
    NodeId node = join(LONG);
    started(null);
    assertThat(store().claim(node, List.of(new DefinitionRef("order", 2, "f1")), 10)).isEmpty();
    assertThat(store().claim(node, List.of(new DefinitionRef("order", 1, "f2")), 10)).isEmpty();
  }

  @Test
  void claimsEachSagaOnceAndNoMoreThanAsked() {
    NodeId one = join(LONG);
    NodeId two = join(LONG);
    for (int i = 0; i < 25; i++) {
      started(null);
    }
    var claimed = new ArrayList<SagaId>();
    for (int i = 0; i < 4; i++) {
      List<Claim> claims = store().claim(i % 2 == 0 ? one : two, List.of(ORDER), 7);
      assertThat(claims).hasSizeLessThanOrEqualTo(7);
      claims.forEach(claim -> claimed.add(id(claim)));
    }
    assertThat(claimed).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void claimsTheLongestDueFirst() {
    NodeId node = join(LONG);
    Fence late = started(node);
    Fence early = started(node);
    change(early, new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY));
    elapse(Duration.ofMillis(5));
    change(late, new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY));
    elapse(Duration.ofMillis(5));

    assertThat(store().claim(node, List.of(ORDER), 1))
        .extracting(StoreScene::id)
        .containsExactly(early.saga());
    assertThat(load(early).saga().wakeAt()).isNull();
    assertThat(load(late).saga().wakeAt()).isNotNull();
  }

  @Test
  void takesSagasOfANodeThatNeverWas() {
    NodeId never = new NodeId(UUID.randomUUID());
    Fence fence = started(never);
    Claim claim = claim(join(LONG)).getFirst();
    assertThat(id(claim)).isEqualTo(fence.saga());
    assertThat(claim.deadOwner()).isEqualTo(never);
  }

  @Test
  void countsTheCrashesInARow() {
    Fence fence = started(new NodeId(UUID.randomUUID()));
    claim(join(LEASE));
    assertThat(load(fence).saga().crashCount()).isEqualTo(1);
    elapse(LEASE.multipliedBy(2));
    assertThat(claim(join(LONG)).getFirst().snapshot().saga().crashCount()).isEqualTo(2);
  }

  @Test
  void takesThoseThatTwoOwnersDiedWithOneAtATime() {
    List<SagaId> sagas = new ArrayList<>();
    NodeId first = join(LEASE);
    for (int i = 0; i < 3; i++) {
      sagas.add(started(first).saga());
    }
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    assertThat(claim(second)).hasSize(3);
    Fence fence = new Fence(sagas.getFirst(), second, 1);
    write(fence, row("a", 1));
    elapse(LEASE.multipliedBy(2));
    NodeId third = join(LONG);

    // the one that was brought further, and one that was not
    List<Claim> claims = claim(third);
    assertThat(claims)
        .extracting(claim -> claim.snapshot().saga().crashCount())
        .containsExactlyInAnyOrder(0, 2);
    assertThat(claims).extracting(StoreScene::id).contains(fence.saga());
    assertThat(claim(third)).hasSize(1);
    assertThat(claim(third)).isEmpty();
  }

  @Test
  void noCrowdThatTwoOwnersDiedWithKeepsOthersWaiting() {
    List<SagaId> crowd = new ArrayList<>();
    NodeId first = join(LEASE);
    for (int i = 0; i < 5; i++) {
      crowd.add(started(first).saga());
    }
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    assertThat(claim(second)).hasSize(5);
    SagaId beside = started(second).saga();
    SagaId due = started(null).saga();
    elapse(LEASE.multipliedBy(2));
    NodeId third = join(LONG);

    List<SagaId> claimed = new ArrayList<>();
    for (Claim claim : store().claim(third, List.of(ORDER), 3)) {
      claimed.add(id(claim));
    }
    assertThat(claimed).contains(beside, due).hasSize(3);
    assertThat(crowd).containsAnyElementsOf(claimed);
  }

  @Test
  void countsNoCrashOfASagaThatNobodyOwned() {
    started(null);
    assertThat(claim(join(LONG)).getFirst().snapshot().saga().crashCount()).isZero();
  }

  @Test
  void claimsNothingWhereNothingIsAskedFor() {
    NodeId node = join(LONG);
    started(null);
    assertThat(store().claim(node, List.of(ORDER), 0)).isEmpty();
    assertThat(store().claim(node, List.of(), 10)).isEmpty();
  }

  @Test
  void claimsEachSagaOnceWhenManyClaimAtOnce() throws Exception {
    List<NodeId> nodes = List.of(join(LONG), join(LONG), join(LONG), join(LONG));
    for (int i = 0; i < 40; i++) {
      started(null);
    }
    List<Callable<List<Claim>>> claims =
        nodes.stream()
            .map(node -> (Callable<List<Claim>>) () -> store().claim(node, List.of(ORDER), 15))
            .toList();
    var claimed = new ArrayList<SagaId>();
    for (int round = 0; round < 20 && claimed.size() < 40; round++) {
      atOnce(claims).forEach(found -> found.forEach(claim -> claimed.add(id(claim))));
    }

    assertThat(claimed).hasSize(40).doesNotHaveDuplicates();
    assertThat(nodes.stream().mapToInt(node -> store().owned(node).size()).sum()).isEqualTo(40);
  }
}
