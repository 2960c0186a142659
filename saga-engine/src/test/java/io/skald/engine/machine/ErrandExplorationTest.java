package io.skald.engine.machine;

import static io.skald.engine.machine.Explorations.every;
import static io.skald.engine.machine.Explorations.retriable;
import static io.skald.engine.machine.Explorations.rows;
import static io.skald.engine.machine.Explorations.transitionsMet;
import static io.skald.engine.machine.Explorations.waysTaken;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * TCC steps, work that is handed out and other sagas, alone, beside each other and in every fifth
 * or third nesting of two, before the pivot and after it, taken every way they may go: every end of
 * an attempt, a completion, a failure and a sign of life at every decision, every end of another
 * saga, and at every decision a cancel, the deadline and a lost node.
 */
class ErrandExplorationTest {
  private static final List<Integer> SIZES = List.of(0, 2);
  private static final List<Integer> SIZES_OF_NESTED = List.of(0, 1);

  /** What can happen to such steps, beside what can happen to tasks and constructs. */
  static final String TRANSITIONS =
      """
      RUNNING COMPENSATABLE child FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE child FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE child FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE child NONE -> START_CHILD
      RUNNING COMPENSATABLE child NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE child NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE child SUCCEEDED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE child UNKNOWN -> TURN_AROUND
      RUNNING COMPENSATABLE child UNKNOWN -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE child UNKNOWN -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE child WAITING -> RECEIVE
      RUNNING COMPENSATABLE child WAITING -> TIME_UP
      RUNNING COMPENSATABLE child WAITING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE child WAITING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE child WAITING -> UNKNOWN from now on
      RUNNING COMPENSATABLE child WAITING -> WAIT
      RUNNING COMPENSATABLE confirm FAILED -> STICK, its confirmation cannot succeed
      RUNNING COMPENSATABLE confirm NONE -> CONFIRM
      RUNNING COMPENSATABLE confirm NONE -> WAIT
      RUNNING COMPENSATABLE confirm RETRYING -> CONFIRM
      RUNNING COMPENSATABLE confirm RETRYING -> WAIT
      RUNNING COMPENSATABLE handed out FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE handed out FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out NONE -> CALL
      RUNNING COMPENSATABLE handed out NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out NONE -> WAIT
      RUNNING COMPENSATABLE handed out RETRYING -> CALL
      RUNNING COMPENSATABLE handed out RETRYING -> RECEIVE
      RUNNING COMPENSATABLE handed out RETRYING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out RETRYING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out RETRYING -> UNKNOWN from now on
      RUNNING COMPENSATABLE handed out RETRYING -> WAIT
      RUNNING COMPENSATABLE handed out SUCCEEDED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out UNKNOWN -> TURN_AROUND
      RUNNING COMPENSATABLE handed out UNKNOWN -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out UNKNOWN -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out WAITING -> RECEIVE
      RUNNING COMPENSATABLE handed out WAITING -> TIME_UP
      RUNNING COMPENSATABLE handed out WAITING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out WAITING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out WAITING -> UNKNOWN from now on
      RUNNING COMPENSATABLE handed out WAITING -> WAIT
      RUNNING COMPENSATABLE try FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE try FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE try FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE try NONE -> CALL
      RUNNING COMPENSATABLE try NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE try NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE try NONE -> WAIT
      RUNNING COMPENSATABLE try RETRYING -> CALL
      RUNNING COMPENSATABLE try RETRYING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE try RETRYING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE try RETRYING -> UNKNOWN from now on
      RUNNING COMPENSATABLE try RETRYING -> WAIT
      RUNNING COMPENSATABLE try SUCCEEDED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE try UNKNOWN -> TURN_AROUND
      RUNNING COMPENSATABLE try UNKNOWN -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE try UNKNOWN -> TURN_AROUND, deadline passed
      RUNNING RETRIABLE child FAILED -> START_CHILD
      RUNNING RETRIABLE child FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE child NONE -> START_CHILD
      RUNNING RETRIABLE child RETRYING -> START_CHILD
      RUNNING RETRIABLE child UNKNOWN -> STICK, \
      nobody can tell whether a step after the pivot took effect
      RUNNING RETRIABLE child WAITING -> RECEIVE
      RUNNING RETRIABLE child WAITING -> TIME_UP
      RUNNING RETRIABLE child WAITING -> WAIT
      RUNNING RETRIABLE handed out FAILED -> CALL
      RUNNING RETRIABLE handed out FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE handed out NONE -> CALL
      RUNNING RETRIABLE handed out NONE -> WAIT
      RUNNING RETRIABLE handed out RETRYING -> CALL
      RUNNING RETRIABLE handed out RETRYING -> RECEIVE
      RUNNING RETRIABLE handed out RETRYING -> WAIT
      RUNNING RETRIABLE handed out UNKNOWN -> STICK, \
      nobody can tell whether a step after the pivot took effect
      RUNNING RETRIABLE handed out WAITING -> RECEIVE
      RUNNING RETRIABLE handed out WAITING -> TIME_UP
      RUNNING RETRIABLE handed out WAITING -> WAIT
      COMPENSATING COMPENSATABLE cancel FAILED -> STICK, its compensation cannot succeed
      COMPENSATING COMPENSATABLE cancel NONE -> COMPENSATE
      COMPENSATING COMPENSATABLE cancel RETRYING -> COMPENSATE
      COMPENSATING COMPENSATABLE cancel RETRYING -> WAIT
      COMPENSATING COMPENSATABLE child FAILED -> STICK, its compensation cannot succeed
      COMPENSATING COMPENSATABLE child NONE -> COMPENSATE
      COMPENSATING COMPENSATABLE child RETRYING -> COMPENSATE
      COMPENSATING COMPENSATABLE child WAITING -> RECEIVE
      COMPENSATING COMPENSATABLE child WAITING -> TIME_UP
      COMPENSATING COMPENSATABLE child WAITING -> WAIT
      COMPENSATING COMPENSATABLE handed out FAILED -> STICK, its compensation cannot succeed
      COMPENSATING COMPENSATABLE handed out NONE -> COMPENSATE
      COMPENSATING COMPENSATABLE handed out RETRYING -> COMPENSATE
      COMPENSATING COMPENSATABLE handed out RETRYING -> WAIT
      COMPENSATING - - -> LOOK_FOR_SIGNALS
      """;

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryErrandBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> all = Grove.errands().stream().map(Grove::before);

    assertThat(waysTaken(all, SIZES, 1, 0)).isGreaterThan(400_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryErrandAfterThePivot() {
    Stream<SagaDefinition<?, ?>> all = retriable(Grove.errands()).stream().map(Grove::after);

    assertThat(waysTaken(all, SIZES, 1, 0)).isGreaterThan(100_000);
  }

  /** The stride meets each pair of holders at least once, with other errands for each. */
  @Test
  void keepsItsInvariantsOnEveryWayOfErrandsInNestingsBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(5, Grove.nestedErrands()).map(Grove::before);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 0)).isGreaterThan(100_000);
  }

  /** The stride meets each pair of holders at least once, with other errands for each. */
  @Test
  void keepsItsInvariantsOnEveryWayOfErrandsInNestingsAfterThePivot() {
    Stream<SagaDefinition<?, ?>> some =
        every(3, retriable(Grove.nestedErrands())).map(Grove::after);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 0)).isGreaterThan(40_000);
  }

  /** Two mishaps: a saga that is stuck when its parent calls it back and a lost node, for one. */
  @Test
  void keepsItsInvariantsWithTwoDeviationsInErrandsThatFollowEachOther() {
    Stream<SagaDefinition<?, ?>> some =
        every(3, Grove.sequences(Grove.errands())).map(Grove::alone);

    assertThat(waysTaken(some, SIZES, 2, 0)).isGreaterThan(200_000);
  }

  @Test
  void meetsEveryTransitionOfTheTableAndNoOther() {
    List<Tree> errands = List.of(Errand.values());
    Stream<SagaDefinition<?, ?>> all =
        Stream.of(
                errands.stream().map(Grove::before),
                errands.stream().map(Grove::alone),
                retriable(errands).stream().map(Grove::afterTry))
            .flatMap(some -> some);

    Set<String> met = transitionsMet(all, SIZES, 2, 1);
    met.removeAll(rows(SagaMachineExplorationTest.TRANSITIONS));
    met.removeAll(rows(TreeExplorationTest.TRANSITIONS));
    assertThat(met).containsExactlyInAnyOrderElementsOf(rows(TRANSITIONS));
  }
}
