package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PermitRow;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of how attempts are admitted that limits name. */
abstract class AdmissionContract extends SurveyContract {
  static final Admission ADMITTED = new Admission.Admitted();
  static final String HERE = "a ACTION";
  static final String THERE = "b ACTION";

  static Demand one(int slots) {
    return demand(HERE, Demand.ORDINARY, permit("step a", slots));
  }

  static Demand demand(String place, int rank, Demand.Permit... permits) {
    return new Demand(place, rank, List.of(permits), List.of());
  }

  static Demand.Permit permit(String name, int slots) {
    return new Demand.Permit(name, "", slots);
  }

  Admission admit(Fence saga, Demand demand) {
    return store().admit(saga, demand);
  }

  int queued(Fence saga, Demand demand) {
    Admission admission = admit(saga, demand);
    assertThat(admission).isInstanceOf(Admission.Queued.class);
    return ((Admission.Queued) admission).signals();
  }

  static Transition keeping(
      Fence saga, List<LogWrite> rows, @Nullable SagaChange change, String... places) {
    return new Transition(saga, rows, change, Links.keeping(List.of(places)));
  }

  /** Records what became of the attempt at {@link #HERE}. */
  private void record(Fence saga, String... places) {
    assertThat(write(keeping(saga, List.of(row("a", 1)), null, places)))
        .isEqualTo(WriteResult.APPLIED);
  }

  private void park(Fence saga, @Nullable Integer signals, String... places) {
    var park = new SagaChange.Park(LONG, signals);
    assertThat(write(keeping(saga, List.of(), park, places))).isEqualTo(WriteResult.APPLIED);
  }

  private boolean isWoken(Fence saga) {
    wake();
    return store().signals(saga.saga()).routed() > 0;
  }

  // ---- permits

  @Test
  void asManyAttemptsAreAdmittedAsThereAreSlots() {
    NodeId node = join(LONG);
    Fence first = started(node);

    assertThat(admit(first, one(2))).isEqualTo(ADMITTED);
    assertThat(admit(started(node), one(2))).isEqualTo(ADMITTED);
    queued(started(node), one(2));
    assertThat(admit(first, one(2))).as("asked again").isEqualTo(ADMITTED);
    assertThat(store().permits(first.saga()))
        .singleElement()
        .matches(row -> row.heldAt() != null && row.place().equals(HERE));
  }

  @Test
  void attemptsOfOneSagaAreCountedOneByOne() {
    Fence saga = started(join(LONG));
    var there = demand(THERE, Demand.ORDINARY, permit("step a", 1));

    assertThat(admit(saga, one(1))).isEqualTo(ADMITTED);
    queued(saga, there);
    record(saga, THERE);
    assertThat(admit(saga, there)).isEqualTo(ADMITTED);
  }

  @Test
  void eachNodeIsCountedOnItsOwn() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    var here = demand(HERE, Demand.ORDINARY, new Demand.Permit("step a", "n1", 1));
    var elsewhere = demand(HERE, Demand.ORDINARY, new Demand.Permit("step a", "n2", 1));

    assertThat(admit(started(node), here)).isEqualTo(ADMITTED);
    queued(saga, here);
    assertThat(admit(saga, elsewhere)).as("asked elsewhere").isEqualTo(ADMITTED);
    assertThat(store().permits(saga.saga()))
        .extracting(row -> row.key().key())
        .containsExactly("n2");
  }

  @Test
  void allPermitsAreGivenOrNone() {
    NodeId node = join(LONG);
    Fence first = started(node);
    Fence both = started(node);
    var two = demand(HERE, Demand.ORDINARY, permit("saga x", 1), permit("step a", 1));
    assertThat(admit(first, one(1))).isEqualTo(ADMITTED);

    queued(both, two);
    assertThat(store().permits(both.saga())).extracting(PermitRow::heldAt).containsOnlyNulls();
    record(first);
    assertThat(admit(both, two)).isEqualTo(ADMITTED);
    assertThat(store().permits(both.saga())).extracting(PermitRow::heldAt).doesNotContainNull();
  }

  @Test
  void whoHasAPermitDoesNotWaitForAnotherOne() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    assertThat(admit(saga, one(1))).isEqualTo(ADMITTED);
    assertThat(admit(started(node), demand(HERE, Demand.ORDINARY, permit("saga x", 1))))
        .isEqualTo(ADMITTED);

    queued(saga, demand(HERE, Demand.ORDINARY, permit("saga x", 1), permit("step a", 1)));

    assertThat(store().permits(saga.saga())).extracting(PermitRow::heldAt).containsOnlyNulls();
  }

  @Test
  void whoLostItsFenceIsNotAdmitted() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    store().settle(saga.saga(), node);

    assertThat(admit(saga, one(1))).isEqualTo(new Admission.FenceLost());
    assertThat(store().permits(saga.saga())).isEmpty();
  }

  @Test
  void theBoundHoldsHoweverManyAskAtOnce() throws Exception {
    NodeId node = join(LONG);
    List<Callable<Admission>> asking = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Fence saga = started(node);
      asking.add(() -> admit(saga, one(5)));
    }

    List<Admission> admissions = atOnce(asking);

    assertThat(admissions).filteredOn(ADMITTED::equals).hasSize(5);
  }

  // ---- whose turn it is

  @Test
  void whoAskedFirstComesFirst() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence first = started(node);
    Fence second = started(node);
    admit(holder, one(1));
    queued(first, one(1));
    queued(second, one(1));
    record(holder);

    queued(second, one(1));
    queued(started(node), one(1));
    assertThat(admit(first, one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void theLowerRankComesFirst() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence ordinary = started(node);
    Fence urgent = started(node);
    admit(holder, one(1));
    queued(ordinary, one(1));
    queued(urgent, demand(HERE, Demand.URGENT, permit("step a", 1)));
    record(holder);

    queued(ordinary, one(1));
    assertThat(admit(urgent, demand(HERE, Demand.URGENT, permit("step a", 1)))).isEqualTo(ADMITTED);
  }

  @Test
  void twoFreeSlotsAreForTheFirstTwoWhoeverOfThemAsksFirst() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence other = started(node);
    Fence first = started(node);
    Fence second = started(node);
    Fence third = started(node);
    admit(holder, one(2));
    admit(other, one(2));
    queued(first, one(2));
    queued(second, one(2));
    queued(third, one(2));
    record(holder);
    record(other);

    queued(third, one(2));
    assertThat(admit(second, one(2))).isEqualTo(ADMITTED);
    queued(third, one(2));
    assertThat(admit(first, one(2))).isEqualTo(ADMITTED);
  }

  @Test
  void whoComesFirstIsWokenAndNobodyElse() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence first = started(node);
    Fence second = started(node);
    admit(holder, one(1));
    park(first, queued(first, one(1)), HERE);
    park(second, queued(second, one(1)), HERE);
    assertThat(isWoken(first)).isFalse();
    record(holder);

    assertThat(isWoken(first)).isTrue();
    assertThat(isWoken(second)).isFalse();
    assertThat(isDue(ORDER)).isTrue();
  }

  @Test
  void whatIsGivenBackBetweenTheAskingAndTheParkIsNotSleptOver() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence waiting = started(node);
    admit(holder, one(1));
    int signals = queued(waiting, one(1));
    record(holder);
    wake();

    var park = new SagaChange.Park(LONG, signals);
    assertThat(write(keeping(waiting, List.of(), park, HERE))).isEqualTo(WriteResult.SIGNALLED);
    assertThat(admit(waiting, one(1))).isEqualTo(ADMITTED);
  }

  // ---- given back

  @Test
  void aTransitionGivesBackWhatItDoesNotKeep() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence waiting = started(node);
    admit(holder, one(1));
    queued(waiting, one(1));

    record(holder, HERE);
    queued(waiting, one(1));
    assertThat(write(keeping(holder, List.of(), null))).isEqualTo(WriteResult.APPLIED);
    assertThat(isWoken(waiting)).isTrue();
    assertThat(admit(waiting, one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void aTransitionThatSaysNothingOfItKeepsAll() {
    Fence saga = started(join(LONG));
    admit(saga, one(1));

    assertThat(write(saga, row("a", 1))).isEqualTo(WriteResult.APPLIED);

    assertThat(store().permits(saga.saga())).hasSize(1);
  }

  @Test
  void aLocalAttemptGivesBackInItsTransaction() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence waiting = started(node);
    admit(holder, one(1));
    queued(waiting, one(1));
    LocalOutcome outcome =
        store().runLocal(holder, LIMIT, tx -> keeping(holder, List.of(row("a", 1)), null));

    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(isWoken(waiting)).isTrue();
    assertThat(admit(waiting, one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void aLocalAttemptThatIsRolledBackGivesNothingBack() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    admit(holder, one(1));
    store()
        .runLocal(
            holder,
            LIMIT,
            tx -> {
              throw new IllegalStateException("no");
            });

    queued(started(node), one(1));
  }

  @Test
  void aParkKeepsThePlaceInTheQueueAndGivesBackWhatIsHeld() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence saga = started(node);
    admit(holder, one(1));
    queued(saga, one(1));
    admit(saga, demand(THERE, Demand.ORDINARY, permit("step b", 1)));
    park(saga, null, HERE);

    assertThat(store().permits(saga.saga())).extracting(PermitRow::place).containsExactly(HERE);
    queued(started(node), one(1));
    assertThat(admit(holder, demand(THERE, Demand.ORDINARY, permit("step b", 1))))
        .isEqualTo(ADMITTED);
  }

  @Test
  void whoTurnsAroundGivesUpWhatItDoesNotKeep() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence turning = started(node);
    Fence last = started(node);
    admit(holder, one(1));
    queued(turning, one(1));
    queued(last, one(1));
    var turn = new SagaChange.TurnAround(new SagaError("a", "no", null));
    assertThat(write(keeping(turning, List.of(), turn))).isEqualTo(WriteResult.APPLIED);
    record(holder);

    assertThat(admit(last, one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void whoIsStuckGivesBackWhatItsAttemptsHadAndWaitedFor() {
    NodeId node = join(LONG);
    Fence stuck = started(node);
    Fence waiting = started(node);
    admit(stuck, one(1));
    queued(stuck, demand(THERE, Demand.ORDINARY, permit("step a", 1)));
    queued(waiting, one(1));
    change(stuck, new SagaChange.Stick(new SagaError("a", "no", null)));

    assertThat(store().permits(stuck.saga())).isEmpty();
    assertThat(isWoken(waiting)).isTrue();
    assertThat(admit(waiting, one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void whoEndsGivesBackAll() {
    NodeId node = join(LONG);
    Fence ending = started(node);
    Fence waiting = started(node);
    admit(ending, one(1));
    queued(waiting, one(1));
    assertThat(write(end(ending))).isEqualTo(WriteResult.APPLIED);

    assertThat(store().permits(ending.saga())).isEmpty();
    assertThat(isWoken(waiting)).isTrue();
  }

  @Test
  void whatADeadNodeHadUnderWayCountsUntilAnotherOneHasRecordedIt() {
    Fence lost = started(join(LEASE));
    NodeId node = join(LONG);
    Fence waiting = started(node);
    assertThat(admit(lost, one(1))).isEqualTo(ADMITTED);
    elapse(LEASE.plusMillis(100));
    var claim = claim(node).getFirst().snapshot().saga();
    Fence taken = new Fence(claim.id(), node, claim.epoch());
    queued(waiting, one(1));
    assertThat(admit(taken, one(1))).as("made again").isEqualTo(ADMITTED);
    record(taken);
    assertThat(admit(waiting, one(1))).isEqualTo(ADMITTED);
  }
}
