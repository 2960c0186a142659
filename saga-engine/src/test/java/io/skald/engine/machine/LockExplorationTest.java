package io.skald.engine.machine;

import static io.skald.engine.machine.Explorations.rows;
import static io.skald.engine.machine.Explorations.transitionsMet;
import static io.skald.engine.machine.Explorations.waysTaken;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sagas with locks, of each way to wait for them, before compensatable steps, before a wait for a
 * signal and before a pivot, taken every way they may go: others may come first at every try, and a
 * cancel, the deadline and a lost node at every decision.
 */
class LockExplorationTest {
  private static final List<Integer> SIZES = List.of(0);

  /** What can happen because of locks, beside what can happen without. */
  static final String TRANSITIONS =
      """
      RUNNING COMPENSATABLE locks NONE -> TAKE_LOCKS
      RUNNING COMPENSATABLE locks NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE locks NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE locks WAITING -> FAILED from now on
      RUNNING COMPENSATABLE locks WAITING -> TAKE_LOCKS
      RUNNING COMPENSATABLE locks WAITING -> TIME_UP
      RUNNING COMPENSATABLE locks WAITING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE locks WAITING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE locks WAITING -> WAIT
      RUNNING COMPENSATABLE locks FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE locks FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE locks FAILED -> TURN_AROUND, deadline passed
      """;

  private static SagaHead<String> head(LockWait wait) {
    return Saga.define("locked", String.class)
        .deadline(Duration.ofDays(3))
        .lock("account", in -> in)
        .lockWait(wait);
  }

  private static Stream<SagaDefinition<?, ?>> all() {
    return Stream.of(
            LockWait.untilDeadline(), LockWait.atMost(Duration.ofMinutes(1)), LockWait.none())
        .flatMap(LockExplorationTest::of);
  }

  private static Stream<SagaDefinition<?, ?>> of(LockWait wait) {
    return Stream.of(
        head(wait)
            .step(StepKind.REMOTE.compensatable("a"))
            .step(StepKind.LOCAL.compensatable("b"))
            .build(),
        head(wait)
            .step(
                Step.await("w", Signal.named("go", String.class))
                    .within(Duration.ofSeconds(1))
                    .orCompensate())
            .step(StepKind.REMOTE.compensatable("a"))
            .build(),
        head(wait)
            .pivot(StepKind.PIVOT_VERIFIED.retriable("p"))
            .step(StepKind.TAIL_REMOTE.retriable("t"))
            .build());
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfSagasWithLocks() {
    assertThat(waysTaken(all(), SIZES, 3, 1)).isGreaterThan(1_000);
  }

  @Test
  void meetsEveryTransitionOfTheTableAndNoOther() {
    Set<String> met = transitionsMet(all(), SIZES, 3, 1);
    met.removeAll(rows(SagaMachineExplorationTest.TRANSITIONS));
    met.removeAll(rows(TreeExplorationTest.TRANSITIONS));
    assertThat(met).containsExactlyInAnyOrderElementsOf(rows(TRANSITIONS));
  }
}
