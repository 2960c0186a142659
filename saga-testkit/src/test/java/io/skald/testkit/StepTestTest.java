package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.CompensatableStep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTestTest {
  private final List<String> calls = new ArrayList<>();

  record Order(String id) {}

  record Reservation(String id) {}

  private final CompensatableStep<Order, String> create =
      Step.named("create", Order.class)
          .local(String.class, (order, tx) -> "row of " + order.id())
          .needsNoCompensation();

  private final CompensatableStep<Order, Reservation> reserve =
      Step.named("reserve", Order.class)
          .remote(
              Reservation.class,
              (order, call) -> {
                switch (order.id()) {
                  case "sold out" -> throw new PermanentFailure("none left");
                  case "down" -> throw new IOException("no answer");
                  default -> {
                    return new Reservation(call.resultOf(create));
                  }
                }
              })
          .compensation(
              (order, reservation, call) ->
                  calls.add(call.actionKey() + " " + reservation.map(Reservation::id)));

  @Test
  void makesAnAttemptWithTheResultsItWasGiven() throws Exception {
    var test = StepTest.of(reserve).given(create, "row 1");
    assertThat(test.act(new Order("1"))).isEqualTo(Outcome.succeeded(new Reservation("row 1")));
    assertThatThrownBy(() -> StepTest.of(reserve).compensate(new Order("1")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("step create has no result (expected: given(..))");
  }

  @Test
  void tellsARefusalFromAnAttemptThatEndedUnanswered() throws Exception {
    assertThat(StepTest.of(reserve).act(new Order("sold out")))
        .isEqualTo(Outcome.failed("none left"));
    assertThat(StepTest.of(reserve).act(new Order("down"))).isEqualTo(Outcome.unknown());
  }

  @Test
  void compensatesWithAndWithoutAResult() throws Exception {
    var test = StepTest.of(reserve).given(create, "row 1");
    test.compensate(new Order("1"));
    test.compensateUnknown(new Order("1"));
    String key = "00000000-0000-0000-0000-000000000001:reserve:action ";
    assertThat(calls).containsExactly(key + "Optional[row 1]", key + "Optional.empty");
  }

  @Test
  void refusesToCompensateAnUnknownLocalStep() {
    var local =
        Step.named("local", Order.class)
            .local((order, tx) -> calls.add("done"))
            .compensation((order, done, tx) -> calls.add("compensated " + done));
    assertThatThrownBy(() -> StepTest.of(local).compensateUnknown(new Order("1")))
        .hasMessage("step local is local: its outcome is never unknown");
  }

  @Test
  void derivesTheInputOfAReusedStep() throws Exception {
    var reused = reserve.from(String.class, (id, results) -> new Order(id));
    assertThat(StepTest.of(reused).given(create, "row 2").act("2"))
        .isEqualTo(Outcome.succeeded(new Reservation("row 2")));
  }

  @Test
  void failsForAResultThatCannotBeStored() {
    var step =
        Step.named("loop", Order.class)
            .remote(Loop.class, (order, call) -> new Loop())
            .needsNoCompensation();
    assertThatThrownBy(() -> StepTest.of(step).compensate(new Order("1")))
        .isInstanceOf(SagaDataException.class);
  }

  @Test
  void hasDoneForAStepThatReturnsNothing() throws Exception {
    var step = Step.named("task", Order.class).remote((order, call) -> calls.add("ran"));
    assertThat(StepTest.of(step).act(new Order("1"))).isEqualTo(Outcome.succeeded(Done.DONE));
  }

  static final class Loop {
    public Loop getSelf() {
      return this;
    }
  }
}
