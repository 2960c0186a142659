package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Rate;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What limits and rates ask of an attempt. */
class FlowControlTest {
  private static final NodeId NODE = new NodeId(new UUID(0, 7));
  private static final SagaState STARTED = SagaState.started(null);
  private static final Rate MAIL = Rate.ofStep("charge").attempts(50).per(Duration.ofSeconds(1));
  private static final SagaDefinition<String, Done> SAGA =
      Saga.define("order", String.class)
          .key(key -> key)
          .step(Step.named("charge", String.class).remote((key, call) -> {}).needsNoCompensation())
          .step(Step.named("ship", String.class).remote((key, call) -> {}).needsNoCompensation())
          .build();

  private static Demand demand(SagaState state, String step, Limit... limits) {
    var place = new Place(SAGA.step(step).orElseThrow(), Direction.ACTION, 1);
    return new FlowControl(List.of(limits), List.of(MAIL)).of(SAGA, state, place, NODE);
  }

  @Test
  void anAttemptNeedsAPermitOfEachLimitThatNamesIt() {
    Demand demand =
        demand(
            STARTED,
            "charge",
            Limit.ofStep("charge").atOnce(2),
            Limit.ofStep("ship").atOnce(3),
            Limit.ofSaga("order").atOnce(4).overFleet(),
            Limit.ofSaga("other").atOnce(5));

    assertThat(demand.place()).isEqualTo("charge ACTION");
    assertThat(demand.permits())
        .containsExactly(
            new Demand.Permit("step charge", NODE.value().toString(), 2),
            new Demand.Permit("saga order", "", 4));
    assertThat(demand.turns())
        .containsExactly(new Demand.Turn("rate step charge", Duration.ofMillis(20), 50));
  }

  @Test
  void anAttemptThatNothingNamesNeedsNothing() {
    assertThat(demand(STARTED, "ship", Limit.ofStep("charge").atOnce(1)).isEmpty()).isTrue();
    assertThat(FlowControl.NONE.concerns(SAGA)).isFalse();
    assertThat(new FlowControl(List.of(), List.of(MAIL)).concerns(SAGA)).isTrue();
  }

  @Test
  void theLaterOfTwoLimitsOfTheSameHolds() {
    Demand demand =
        demand(
            STARTED,
            "charge",
            Limit.ofStep("charge").atOnce(2).overFleet(),
            Limit.ofStep("charge").atOnce(1),
            Limit.ofStep("charge").atOnce(3).overFleet());

    assertThat(demand.permits()).extracting(Demand.Permit::slots).containsExactly(1, 3);
  }

  @Test
  void whoCanGoOneWayOnlyComesFirst() {
    assertThat(demand(STARTED, "charge").rank()).isEqualTo(Demand.ORDINARY);
    assertThat(demand(STARTED.evolve(new Event.TurnedAround()), "charge").rank())
        .isEqualTo(Demand.URGENT);
    assertThat(demand(STARTED.evolve(new Event.CancelRequested()), "charge").rank())
        .isEqualTo(Demand.URGENT);
  }
}
