package io.skald.engine.machine;

import static io.skald.engine.machine.Explorations.transitionsMet;
import static io.skald.engine.machine.Explorations.waysTaken;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Retriable;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sagas that begin their pivot only in time, with every kind of pivot, taken every way they may go:
 * at every decision too little may be left, and a node may be lost.
 */
class PivotInTimeExplorationTest {
  private static final List<Integer> SIZES = List.of(0, 2);
  private static final List<StepKind> KINDS =
      List.of(
          StepKind.PIVOT_LOCAL,
          StepKind.PIVOT_VERIFIED,
          StepKind.PIVOT_IF_UNKNOWN,
          StepKind.PIVOT_ONCE);

  private static Stream<SagaDefinition<?, ?>> all() {
    Stream<Retriable<String, ?>> plain = KINDS.stream().map(kind -> kind.retriable("pivot"));
    Stream<Retriable<String, ?>> chosen =
        KINDS.stream()
            .map(
                kind ->
                    Step.choice("pivot", String.class, Done.class)
                        .on((in, results) -> true, kind.retriable("one"))
                        .otherwise(StepKind.PIVOT_LOCAL.retriable("other")));
    return Stream.concat(plain, chosen).map(PivotInTimeExplorationTest::saga);
  }

  private static SagaDefinition<?, ?> saga(Retriable<String, ?> pivot) {
    return Saga.define("in-time", String.class)
        .deadline(Duration.ofHours(1))
        .pivotOnlyInTime()
        .step(StepKind.REMOTE.compensatable("first"))
        .step(Errand.tried("try"))
        .pivot(pivot)
        .step(StepKind.TAIL_REMOTE.retriable("last"))
        .build();
  }

  @Test
  void keepsItsInvariantsOnEveryWayWithTwoDeviations() {
    assertThat(waysTaken(all(), SIZES, 2, 0)).isGreaterThan(10_000);
  }

  @Test
  void turnsAroundAtThePivotForLackOfTimeAndBeforeItWhenTheDeadlinePasses() {
    assertThat(transitionsMet(all(), SIZES, 1, 0))
        .anyMatch(row -> row.contains("too little of the deadline"))
        .anyMatch(row -> row.contains("deadline passed"));
  }
}
