package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.HandlerResolver;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteAction;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
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
  void aConfirmationIsGivenTheKeyOfTheTryAndOneOfItsOwn() throws Exception {
    var wallet =
        Step.named("wallet", Order.class)
            .tryRemote(String.class, (order, call) -> call.idempotencyKey())
            .confirm(
                (order, hold, call) -> {
                  calls.add(call.actionKey());
                  calls.add(call.idempotencyKey());
                })
            .cancel((order, hold, call) -> {});
    var test = StepTest.of(wallet);
    test.confirm(new Order("1"), test.actOrThrow(new Order("1")));

    String saga = "00000000-0000-0000-0000-000000000001";
    assertThat(calls).containsExactly(saga + ":wallet:action", saga + ":wallet:confirm");
  }

  @Test
  void makesAnAttemptWithTheResultsItWasGiven() throws Exception {
    var test = StepTest.of(reserve).given(create, "row 1");
    assertThat(test.act(new Order("1"))).isEqualTo(Outcome.succeeded(new Reservation("row 1")));
  }

  @Test
  void failsForAResultThatWasNotGiven() {
    var test = StepTest.of(reserve);
    assertThatThrownBy(() -> test.act(new Order("1")))
        .isInstanceOf(AssertionError.class)
        .hasMessage("step create has no result (expected: given(..))");
    assertThatThrownBy(() -> test.compensate(new Order("1"))).isInstanceOf(AssertionError.class);
  }

  @Test
  void tellsARefusalFromAnAttemptThatEndedUnanswered() throws Exception {
    assertThat(StepTest.of(reserve).act(new Order("sold out")))
        .isEqualTo(Outcome.failed("PermanentFailure: none left"));
    assertThat(StepTest.of(reserve).act(new Order("down"))).isEqualTo(Outcome.unknown());
  }

  @Test
  void letsThroughWhyAnAttemptThatWasToSucceedDidNot() throws Exception {
    var test = StepTest.of(reserve).given(create, "row 1");
    assertThat(test.actOrThrow(new Order("1"))).isEqualTo(new Reservation("row 1"));
    assertThatThrownBy(() -> test.actOrThrow(new Order("down")))
        .isInstanceOf(IOException.class)
        .hasMessage("no answer");
    assertThatThrownBy(() -> test.actOrThrow(new Order("sold out")))
        .isInstanceOf(PermanentFailure.class)
        .hasMessage("none left");
  }

  @Test
  void countsAnAttemptAsTimedOutThatTookLongerThanItsLimit() throws Exception {
    var remote =
        Step.named("remote", Order.class)
            .remote(String.class, (order, call) -> late())
            .timeout(Duration.ofNanos(1))
            .compensation((order, result, call) -> calls.add(late()))
            .compensationTimeout(Duration.ofNanos(1));
    var local =
        Step.named("local", Order.class)
            .local(String.class, (order, tx) -> late())
            .timeout(Duration.ofNanos(1))
            .needsNoCompensation();
    assertThat(StepTest.of(remote).act(new Order("1"))).isEqualTo(Outcome.unknown());
    assertThatThrownBy(() -> StepTest.of(remote).actOrThrow(new Order("1")))
        .isInstanceOf(TimeoutException.class)
        .hasMessageMatching(
            "step remote: one attempt took PT.*S \\(expected: <= PT0.000000001S, its time"
                + " limit\\)");
    assertThatThrownBy(() -> StepTest.of(remote).compensateUnknown(new Order("1")))
        .isInstanceOf(TimeoutException.class);
    assertThatThrownBy(() -> StepTest.of(local).act(new Order("1")))
        .isInstanceOf(TimeoutException.class);
  }

  /** Later than a limit of one nanosecond, however coarse the clock is. */
  private static String late() {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < 2) {
      Thread.onSpinWait();
    }
    return "late";
  }

  @Test
  void takesARefusalThatCameTooLateForATimeoutAndKeepsIt() throws Exception {
    var step =
        Step.named("late", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  throw new PermanentFailure(late());
                })
            .timeout(Duration.ofNanos(1))
            .needsNoCompensation();
    assertThat(StepTest.of(step).act(new Order("1"))).isEqualTo(Outcome.unknown());
    assertThatThrownBy(() -> StepTest.of(step).actOrThrow(new Order("1")))
        .isInstanceOf(TimeoutException.class)
        .hasCauseInstanceOf(PermanentFailure.class);
  }

  @Test
  void showsTheStepTheSagaTheTestNames() throws Exception {
    var step =
        Step.named("seen", Order.class)
            .remote(
                String.class,
                (order, call) ->
                    call.businessKey() + " " + call.attempt() + " " + call.idempotencyKey())
            .needsNoCompensation();
    var usual = StepTest.of(step);
    assertThat(usual.actOrThrow(new Order("1")))
        .isEqualTo("step-test 1 00000000-0000-0000-0000-000000000001:seen:action");
    SagaId other = SagaId.parse("01936b2c-0000-7000-8000-000000000002");
    assertThat(usual.sagaId(other).businessKey("o-1").attempt(3).actOrThrow(new Order("1")))
        .isEqualTo("o-1 3 01936b2c-0000-7000-8000-000000000002:seen:action");
    assertThatThrownBy(() -> usual.attempt(0)).hasMessage("attempt: 0 (expected: >= 1)");
    assertThatThrownBy(() -> usual.businessKey(""))
        .hasMessage("business key: 0 characters (expected: 1 to 255)");
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
    assertThatThrownBy(() -> StepTest.of(step).act(new Order("1")))
        .isInstanceOf(SagaDataException.class);
    assertThatThrownBy(() -> StepTest.of(step).given(step, new Loop()))
        .isInstanceOf(SagaDataException.class);
  }

  @Test
  @SuppressWarnings("NullAway") // what must not be returned
  void failsForAnActionThatReturnsNull() {
    var step =
        Step.named("nothing", Order.class)
            .remote(String.class, (order, call) -> null)
            .needsNoCompensation();
    assertThatThrownBy(() -> StepTest.of(step).act(new Order("1")))
        .isInstanceOf(AssertionError.class)
        .hasMessage("step nothing returned null (expected: a result)");
  }

  @Test
  void aCallbackTokenIsOfAWaitForASignalOnly() throws Exception {
    var approval =
        Step.await("approval", Signal.named("approved", String.class))
            .within(Duration.ofDays(1))
            .orCompensate();
    var asking =
        Step.named("asking", Order.class)
            .remote(
                String.class,
                (order, call) -> call.callbackToken(order.id().equals("1") ? approval : create))
            .needsNoCompensation();
    assertThat(StepTest.of(asking).actOrThrow(new Order("1"))).endsWith("-approval");
    assertThatThrownBy(() -> StepTest.of(asking).actOrThrow(new Order("2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("step create waits for no signal (expected: a step made with");
  }

  @Test
  void failsForGoodIfItsInputCannotBeDerived() throws Exception {
    var reused =
        reserve.from(
            String.class,
            (id, results) -> {
              throw new IllegalStateException("no order");
            });
    assertThat(StepTest.of(reused).act("2"))
        .isEqualTo(
            Outcome.failed("PermanentFailure: the step's input: IllegalStateException: no order"));
  }

  @Test
  void tellsWhatTheStepCallsPermanent() throws Exception {
    var step =
        Step.named("declared", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  throw new NoSuchElementException();
                })
            .permanent(NoSuchElementException.class)
            .needsNoCompensation();
    assertThat(StepTest.of(step).act(new Order("1")))
        .isEqualTo(Outcome.failed("NoSuchElementException"));
  }

  @Test
  void letsThroughWhatALocalActionThrows() {
    var step =
        Step.named("local", Order.class)
            .local(
                String.class,
                (order, tx) -> {
                  throw new IOException("locked");
                })
            .needsNoCompensation();
    assertThatThrownBy(() -> StepTest.of(step).act(new Order("1")))
        .isInstanceOf(IOException.class)
        .hasMessage("locked");
  }

  @Test
  void findsTheBeansOfTheStep() throws Exception {
    var step =
        Step.named("bean", Order.class).remote(String.class, Greeting.class).needsNoCompensation();
    var test = StepTest.of(step).handlers(new OneBean(new Greeting()));
    assertThat(test.act(new Order("1"))).isEqualTo(Outcome.succeeded("hello 1"));
    assertThatThrownBy(() -> StepTest.of(step).act(new Order("1")))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("StepTest.handlers(..)");
  }

  @Test
  void compensatesAPivotOnlyIfItsOutcomeIsUnknown() throws Exception {
    var pivot =
        Step.named("pivot", Order.class)
            .remote(String.class, (order, call) -> "paid")
            .compensationIfUnknown((order, paid, call) -> calls.add("refunded " + paid));
    StepTest.of(pivot).compensateUnknown(new Order("1"));
    assertThat(calls).containsExactly("refunded Optional.empty");
    assertThatThrownBy(() -> StepTest.of(pivot).compensate(new Order("1"), "paid"))
        .hasMessageContaining("only if its outcome is unknown");
    assertThatThrownBy(() -> StepTest.of(pivot).compensate(new Order("1")))
        .hasMessageContaining("only if its outcome is unknown");
  }

  @Test
  void saysThatAStepHasNoCompensation() {
    assertThatThrownBy(() -> StepTest.of(create).compensate(new Order("1"), "row"))
        .hasMessage("step create has no compensation");
  }

  static final class Greeting implements RemoteAction<Order, String> {
    @Override
    public String execute(Order order, Call call) {
      return "hello " + order.id();
    }
  }

  private record OneBean(Object bean) implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      return type.cast(bean);
    }
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
