package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How many rows the log of a saga may come to. */
class LogRowsTest {
  private static final SagaDefinition<String, Done> NESTED =
      Saga.define("nested", String.class)
          .step(compensated("first"))
          .step(
              Step.choice("choice", String.class, Done.class)
                  .on((in, results) -> true, plain("one"))
                  .otherwise(
                      Step.sequence("two", String.class)
                          .step(compensated("two-a"))
                          .step(plain("two-b"))
                          .end()))
          .step(
              Step.forEach("outer", String.class, String.class, (in, results) -> List.of())
                  .step(
                      Step.sequence("element", String.class)
                          .step(compensated("part"))
                          .step(
                              Step.forEach(
                                      "inner", String.class, String.class, (in, r) -> List.of())
                                  .step(compensated("piece")))
                          .end()))
          .pivot(Step.named("pivot", String.class).local((in, tx) -> {}))
          .build();

  /** 2 of the first, 1 and at most 3 of the choice, 1 of the list, 1 of the pivot. */
  private static final int STEPS = 8;

  private static CompensatableStep<String, Done> compensated(String name) {
    return Step.named(name, String.class)
        .remote((in, call) -> {})
        .compensation((in, done, call) -> {});
  }

  private static CompensatableStep<String, Done> plain(String name) {
    return Step.named(name, String.class).remote((in, call) -> {}).needsNoCompensation();
  }

  private static ForEachPlan plan(String name) {
    return (ForEachPlan) NESTED.step(name).orElseThrow().plan();
  }

  private static SagaState listed(SagaState state, String path, @Nullable String elements) {
    return state.evolve(
        new Event.Recorded(
            new Entry(
                path,
                Direction.ACTION,
                state.nextSeq(),
                elements == null ? LogStatus.FAILED : LogStatus.SUCCEEDED,
                1,
                0,
                null,
                elements)));
  }

  @Test
  void countsEachElementsActionsAndCompensations() {
    SagaState state = SagaState.started(null);

    assertThat(LogRows.with(NESTED, state, plan("outer"), 0)).isEqualTo(STEPS);
    // the part, its compensation, and the list of the pieces
    assertThat(LogRows.with(NESTED, state, plan("outer"), 1000)).isEqualTo(STEPS + 3000);
  }

  @Test
  void countsTheListsThatWereMadeBefore() {
    SagaState state = listed(SagaState.started(null), "outer", "10");
    state = listed(state, "outer/1/inner", "100");
    state = listed(state, "outer/2/inner", null);

    assertThat(LogRows.with(NESTED, state, plan("inner"), 5))
        .isEqualTo(STEPS + 10 * 3 + 100 * 2 + 5 * 2);
  }
}
