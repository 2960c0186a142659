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
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Every construct, and of the nestings of two every fifth or third, before the pivot, as the pivot
 * and after it, taken every way it may go with one mishap: every branch, every number of elements,
 * every order in which attempts end, signals at every decision, and at every decision a cancel, the
 * deadline and a lost node.
 */
@Execution(ExecutionMode.CONCURRENT)
class TreeExplorationTest {
  private static final List<Integer> SIZES = List.of(0, 1, 3);
  private static final List<Integer> SIZES_OF_NESTED = List.of(0, 2);

  /** What can happen to constructs, beside what can happen to tasks. */
  static final String TRANSITIONS =
      """
      RUNNING COMPENSATABLE choice NONE -> EVALUATE
      RUNNING COMPENSATABLE choice NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE choice NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE choice FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE choice FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE choice FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE forEach NONE -> EVALUATE
      RUNNING COMPENSATABLE forEach NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE forEach NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE forEach FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE forEach FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE forEach FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE refusal NONE -> EVALUATE
      RUNNING COMPENSATABLE refusal NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE refusal NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE refusal FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE refusal FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE refusal FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE delay NONE -> BEGIN_WAIT
      RUNNING COMPENSATABLE delay NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE delay NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE delay WAITING -> FAILED from now on
      RUNNING COMPENSATABLE delay WAITING -> TIME_UP
      RUNNING COMPENSATABLE delay WAITING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE delay WAITING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE delay WAITING -> WAIT
      RUNNING COMPENSATABLE delay FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE delay FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE delay FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE await NONE -> BEGIN_WAIT
      RUNNING COMPENSATABLE await NONE -> RECEIVE
      RUNNING COMPENSATABLE await NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE await NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE await WAITING -> FAILED from now on
      RUNNING COMPENSATABLE await WAITING -> RECEIVE
      RUNNING COMPENSATABLE await WAITING -> TIME_UP
      RUNNING COMPENSATABLE await WAITING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE await WAITING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE await WAITING -> WAIT
      RUNNING COMPENSATABLE await FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE await FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE await FAILED -> TURN_AROUND, deadline passed
      RUNNING PIVOT choice NONE -> EVALUATE
      RUNNING PIVOT choice NONE -> TURN_AROUND, cancelled
      RUNNING PIVOT choice FAILED -> TURN_AROUND
      RUNNING RETRIABLE choice NONE -> EVALUATE
      RUNNING RETRIABLE choice FAILED -> EVALUATE
      RUNNING RETRIABLE choice FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE forEach NONE -> EVALUATE
      RUNNING RETRIABLE forEach FAILED -> EVALUATE
      RUNNING RETRIABLE forEach FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE delay NONE -> BEGIN_WAIT
      RUNNING RETRIABLE delay WAITING -> TIME_UP
      RUNNING RETRIABLE delay WAITING -> WAIT
      RUNNING RETRIABLE delay FAILED -> BEGIN_WAIT
      RUNNING RETRIABLE delay FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE await NONE -> BEGIN_WAIT
      RUNNING RETRIABLE await NONE -> RECEIVE
      RUNNING RETRIABLE await WAITING -> RECEIVE
      RUNNING RETRIABLE await WAITING -> TIME_UP
      RUNNING RETRIABLE await WAITING -> WAIT
      RUNNING - - -> JOIN
      RUNNING - - -> LOOK_FOR_SIGNALS
      RUNNING - - -> WAIT
      COMPENSATING - - -> JOIN
      """;

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryConstructBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> all = Grove.oneDeep().stream().map(Grove::before);

    assertThat(waysTaken(all, SIZES, 1, 1)).isGreaterThan(200_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryConstructAfterThePivot() {
    Stream<SagaDefinition<?, ?>> all = retriable(Grove.oneDeep()).stream().map(Grove::after);

    assertThat(waysTaken(all, SIZES, 1, 1)).isGreaterThan(100_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfChoicesThatAreThePivot() {
    Stream<SagaDefinition<?, ?>> all = Grove.chosenPivots().stream().map(one -> one);

    assertThat(waysTaken(all, SIZES, 2, 0)).isGreaterThan(40_000);
  }

  /** The stride meets each pair of holders at least once, with other leaves for each. */
  @Test
  void keepsItsInvariantsOnEveryWayOfNestingsBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(5, Grove.twoDeep()).map(Grove::before);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 1)).isGreaterThan(100_000);
  }

  /** The stride meets each pair of holders at least once, with other leaves for each. */
  @Test
  void keepsItsInvariantsOnEveryWayOfNestingsAfterThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(3, retriable(Grove.twoDeep())).map(Grove::after);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 1)).isGreaterThan(100_000);
  }

  /** Two mishaps: a branch that fails and then a lost node, for one. */
  @Test
  void keepsItsInvariantsWithTwoDeviationsInEveryFifthConstruct() {
    Stream<SagaDefinition<?, ?>> some = every(5, Grove.oneDeep()).map(Grove::alone);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 2, 1)).isGreaterThan(400_000);
  }

  @Test
  void keepsItsInvariantsWhenTwoSignalsMeetTwoWaits() {
    Stream<SagaDefinition<?, ?>> all =
        Grove.oneDeep().stream().filter(Grove::isAwaitingTwice).map(Grove::alone);

    assertThat(waysTaken(all, SIZES_OF_NESTED, 1, 2)).isGreaterThan(50_000);
  }

  @Test
  void meetsEveryTransitionOfTheTableAndNoOther() {
    Stream<SagaDefinition<?, ?>> all =
        Stream.of(
                Grove.small().stream().map(Grove::before),
                retriable(Grove.small()).stream().map(Grove::after),
                Grove.chosenPivots().stream())
            .flatMap(some -> some);

    Set<String> met = transitionsMet(all, SIZES_OF_NESTED, 2, 1);
    met.removeAll(rows(SagaMachineExplorationTest.TRANSITIONS));
    assertThat(met).containsExactlyInAnyOrderElementsOf(rows(TRANSITIONS));
  }
}
