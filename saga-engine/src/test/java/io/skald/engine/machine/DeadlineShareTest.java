package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A deadline of which a share is kept for compensation: when the saga is turned around. */
class DeadlineShareTest {
  private static final Duration DEADLINE = Duration.ofHours(3);
  private static final Duration LAST_CALL = Duration.ofHours(2);
  private static final Duration EARLIER = LAST_CALL.minusNanos(1);
  private static final Duration LATER = Duration.ofHours(9);
  private static final String NEAR = ", the rest of the deadline is kept for compensation";

  private static final Compensatable<String, Done> STOCK = StepKind.REMOTE.compensatable("stock");
  private static final Compensatable<String, Done> CARD = StepKind.REMOTE.compensatable("card");
  private static final SagaDefinition<String, Done> ORDER =
      Saga.define("order", String.class)
          .deadline(DEADLINE)
          .keptForCompensation(DEADLINE.minus(LAST_CALL))
          .step(STOCK)
          .step(Step.parallel("group", CARD, Step.delay("pause", Duration.ofHours(1))))
          .pivot(StepKind.PIVOT_LOCAL.retriable("pay"))
          .build();

  private final Story story = Story.of(ORDER).withDeadline(DEADLINE);

  @Test
  void turnsAroundWhenNothingButTheShareIsLeft() {
    Story reserved = story.succeeded("stock");

    assertThat(reserved.at(EARLIER).next()).isEqualTo("act card");
    assertThat(reserved.at(LAST_CALL).next()).isEqualTo("turn around at card" + NEAR);
    assertThat(reserved.at(DEADLINE).next()).isEqualTo("turn around at card" + NEAR);
  }

  @Test
  void goesOnUntilTheDeadlineItselfWithoutAShare() {
    var plain = Saga.define("order", String.class).deadline(DEADLINE).step(STOCK).build();
    Story whole = Story.of(plain).withDeadline(DEADLINE);

    assertThat(whole.at(DEADLINE.minusNanos(1)).next()).isEqualTo("act stock");
    assertThat(whole.at(DEADLINE).next()).isEqualTo("turn around at stock, deadline passed");
  }

  @Test
  void wakesWhatIsParkedWhenNothingButTheShareIsLeft() {
    Story resting = story.retrying("stock", LATER);
    Story waiting = story.succeeded("stock", "card").waiting("pause", LATER);

    assertThat(resting.next()).isEqualTo("wait until " + LAST_CALL);
    assertThat(waiting.next()).isEqualTo("wait until " + LAST_CALL);
    assertThat(resting.at(LAST_CALL).next())
        .isEqualTo("turn around at stock" + NEAR + ", stock is UNKNOWN");
    assertThat(story.retrying("stock", EARLIER).next()).isEqualTo("wait until " + EARLIER);
  }

  @Test
  void joinsWhatIsUnderWayBeforeItTurnsAround() {
    Story begun = story.succeeded("stock").waiting("pause", LATER).begun("card");

    assertThat(begun.next()).isEqualTo("join until " + LAST_CALL);
    assertThat(begun.at(LAST_CALL).next()).isEqualTo("join");
  }

  @Test
  void isDisarmedAtThePivot() {
    Story reached = story.succeeded("stock", "card", "pause");

    assertThat(reached.at(LATER).next()).isEqualTo("act pay");
  }

  @Test
  void goesOnCompensatingPastTheDeadline() {
    Story compensating = story.succeeded("stock").turnedAround();

    assertThat(compensating.at(LATER).next()).isEqualTo("compensate stock");
    assertThat(compensating.compensated("stock").at(LATER).next()).isEqualTo("end compensated");
  }

  @Test
  void holdsNothingOfASagaThatBeganWithoutADeadline() {
    assertThat(Story.of(ORDER).at(LATER).next()).isEqualTo("act stock");
  }
}
