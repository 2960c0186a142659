package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas as large as they may be are decided upon in seconds, from the first step to the last. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MachineCostTest {
  private static final Instant NOW = Instant.EPOCH;
  private static final int BRANCHES = SagaDefinition.STEPS_MAX - 1;
  private static final int ELEMENTS = 1000;

  /** Each takes two rows of the log, of which there are 10,000 at most. */
  private static final int STEPS = 4;

  private static Compensatable<String, Done> step(String name) {
    return Step.named(name, String.class)
        .remote((in, call) -> {})
        .compensation((in, done, call) -> {});
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
  private static Compensatable<String, ?>[] branches() {
    return IntStream.range(0, BRANCHES)
        .mapToObj(at -> step("s" + at))
        .toArray(Compensatable[]::new);
  }

  @Test
  void compensatesAGroupOfAsManyBranchesAsThereMayBeTogether() {
    var group = Step.parallel("group", branches());
    var saga = Saga.define("s", String.class).step(group.compensatedTogether()).build();
    SagaState state = SagaState.started(null);
    for (int at = 0; at < BRANCHES; at++) {
      state = recorded(state, "s" + at, Direction.ACTION);
    }
    state = state.evolve(new Event.TurnedAround());
    int begun = 0;
    while (SagaMachine.decide(saga, state, NOW) instanceof Decision.Compensate back) {
      state = state.evolve(new Event.Begun(back.step().path(), Direction.COMPENSATION));
      begun++;
    }

    assertThat(begun).isEqualTo(BRANCHES);
  }

  @Test
  void goesThroughAsManyElementsAsThereMayBeAndBack() {
    var body = Step.sequence("body", String.class).step(step("b0")).step(step("b1"));
    var more = body.step(step("b2")).step(step("b3")).end();
    var each =
        Step.forEach("each", String.class, String.class, (in, results) -> List.of()).step(more);
    var saga = Saga.define("s", String.class).step(each).build();
    SagaState state =
        SagaState.started(null)
            .evolve(
                new Event.Recorded(
                    new Entry(
                        "each",
                        Direction.ACTION,
                        1,
                        LogStatus.SUCCEEDED,
                        1,
                        0,
                        null,
                        Integer.toString(ELEMENTS))));
    int made = 0;
    while (SagaMachine.decide(saga, state, NOW) instanceof Decision.Act act) {
      state = recorded(state, act.step().path(), Direction.ACTION);
      made++;
    }
    state = state.evolve(new Event.TurnedAround());
    int taken = 0;
    while (SagaMachine.decide(saga, state, NOW) instanceof Decision.Compensate back) {
      state = recorded(state, back.step().path(), Direction.COMPENSATION);
      taken++;
    }

    assertThat(made).isEqualTo(ELEMENTS * STEPS);
    assertThat(taken).isEqualTo(made);
  }

  private static SagaState recorded(SagaState state, String path, Direction direction) {
    return state.evolve(
        new Event.Recorded(
            new Entry(path, direction, state.nextSeq(), LogStatus.SUCCEEDED, 1, 0, null, null)));
  }
}
