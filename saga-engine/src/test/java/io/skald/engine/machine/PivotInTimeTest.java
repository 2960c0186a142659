package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A pivot that is begun only if there is time for what follows it. */
class PivotInTimeTest {
  private static final Duration DEADLINE = Duration.ofHours(3);
  private static final Duration REST = Duration.ofMinutes(90);
  private static final Duration LAST_CALL = DEADLINE.minus(REST);
  private static final Duration LATER = LAST_CALL.plusMillis(1);
  private static final String TOO_LATE =
      "turn around at pay, too little of the deadline is left for what follows the pivot: 5399.999"
          + " s, and in 99 of 100 sagas it took up to 5400.000 s";

  private final Story reached = story(head().pivotOnlyInTime(), StepKind.PIVOT_VERIFIED);

  private static SagaHead<String> head() {
    return Saga.define("order", String.class).deadline(DEADLINE);
  }

  /** A saga at its pivot, whose owner knows how long the rest takes. */
  private static Story story(SagaHead<String> head, StepKind pivot) {
    SagaDefinition<String, Done> definition =
        head.step(StepKind.REMOTE.compensatable("stock"))
            .pivot(pivot.retriable("pay"))
            .step(StepKind.TAIL_REMOTE.retriable("ship"))
            .build();
    return Story.of(definition).withDeadline(DEADLINE).succeeded("stock").restTakes(REST);
  }

  @Test
  void isBegunAsLongAsThereIsTime() {
    assertThat(reached.at(LAST_CALL).next()).isEqualTo("act pay");
  }

  @Test
  void isNotBegunWhenTooLittleIsLeft() {
    assertThat(reached.at(LATER).next()).isEqualTo(TOO_LATE);
    assertThat(story(head().pivotOnlyInTime(), StepKind.PIVOT_LOCAL).at(LATER).next())
        .isEqualTo(TOO_LATE);
    assertThat(reached.at(DEADLINE.plusHours(1)).next()).contains("pivot: 0.000 s");
  }

  @Test
  void isBegunWheneverItIsComeToIfNobodyAsks() {
    assertThat(story(head(), StepKind.PIVOT_VERIFIED).at(LATER).next()).isEqualTo("act pay");
  }

  @Test
  void isBegunWhereTooLittleIsKnown() {
    assertThat(reached.restTakes(null).at(LATER).next()).isEqualTo("act pay");
    var unlimited = new Story(reached.definition(), SagaState.started(null), Story.NOON);
    assertThat(unlimited.succeeded("stock").restTakes(REST).at(LATER).next()).isEqualTo("act pay");
  }

  @Test
  void isGoneOnWithOnceItMayHaveBegun() {
    assertThat(reached.begun("pay").at(LATER).next()).isEqualTo("join");
    assertThat(reached.retrying("pay", LAST_CALL).at(LATER).next()).isEqualTo("act pay, attempt 2");
    assertThat(reached.succeeded("pay").at(LATER).next()).isEqualTo("act ship");
  }

  @Test
  void isAskedForAtThePivotAlone() {
    Story before = Story.of(reached.definition()).withDeadline(DEADLINE).restTakes(REST).at(LATER);
    assertThat(before.next()).isEqualTo("act stock");
  }

  /** What is recorded decides again what was decided, whatever is known then. */
  @Test
  void isRefusedForGood() {
    assertThat(reached.turnedAround().restTakes(Duration.ZERO).at(LAST_CALL).next())
        .isEqualTo("compensate stock");
  }
}
