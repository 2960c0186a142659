package io.skald.testkit;

import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.ConfirmationCall;
import io.skald.saga.step.StepContext;
import io.skald.saga.step.Tx;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What the code of a step is given in a {@link StepTest}. A mistake of the test is an {@link
 * AssertionError}: an exception would be taken for an outcome of the step.
 *
 * @param step the step's name
 * @param setting the saga around it
 * @param timeLeft the time limit of the attempt
 */
record StepAttempt(String step, String direction, StepSetting setting, Duration timeLeft)
    implements Tx, AsyncCall, ConfirmationCall {

  /** The step's own code. */
  @FunctionalInterface
  interface Code {
    @Nullable Object run() throws Exception;
  }

  /**
   * What {@code code} returns or throws, if it did so within the time limit. Measured, not
   * enforced: the code runs on the thread of the test, which nobody interrupts.
   */
  @Nullable Object inTime(Code code) throws Exception {
    long begun = System.nanoTime();
    Object result;
    try {
      result = code.run();
    } catch (Exception e) {
      requireInTime(begun, e);
      throw e;
    }
    requireInTime(begun, null);
    return result;
  }

  private void requireInTime(long begun, @Nullable Exception thrown) throws TimeoutException {
    Duration taken = Duration.ofNanos(System.nanoTime() - begun);
    if (taken.compareTo(timeLeft) > 0) {
      var timeout =
          new TimeoutException(
              "step %s: one attempt took %s (expected: <= %s, its time limit)"
                  .formatted(step, taken, timeLeft));
      timeout.initCause(thrown);
      throw timeout;
    }
  }

  @Override
  public Connection connection() {
    return setting.local().connection(step);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return setting.local().unwrap(type, step, this);
  }

  @Override
  public SagaId sagaId() {
    return setting.saga();
  }

  @Override
  public String businessKey() {
    return setting.businessKey();
  }

  @Override
  public int attempt() {
    return setting.attempt();
  }

  @Override
  public String idempotencyKey() {
    return setting.saga() + ":" + step + ":" + direction;
  }

  @Override
  public String actionKey() {
    return setting.saga() + ":" + step + ":action";
  }

  @Override
  public <Q> Q resultOf(Step<?, Q> other) {
    return findResultOf(other)
        .orElseThrow(
            () ->
                new AssertionError(
                    "step %s has no result (expected: given(..))".formatted(other.name())));
  }

  @Override
  @SuppressWarnings("unchecked") // given(..) takes the step's own result
  public <Q> Optional<Q> findResultOf(Step<?, Q> other) {
    return Optional.ofNullable((Q) setting.results().get(other.name()));
  }

  @Override
  public String completionToken() {
    return "token-of-" + setting.saga() + "-" + step;
  }

  /** As in the engine, a mistake of the step, and therefore an outcome of it. */
  @Override
  public String callbackToken(Step<?, ?> await) {
    if (!(await.plan() instanceof AwaitPlan)) {
      throw new IllegalArgumentException(
          "step %s waits for no signal (expected: a step made with Step.await; an asynchronous step"
                  .formatted(await.name())
              + " is completed by its own call's completionToken())");
    }
    return "token-of-" + setting.saga() + "-" + await.name();
  }

  /** The attempt of a compensation: it has no idempotency key of the action's kind. */
  CompensationCall compensation() {
    return new OpenCompensation(this, actionKey(), idempotencyKey(), timeLeft);
  }

  private record OpenCompensation(
      StepContext context, String actionKey, String compensationKey, Duration timeLeft)
      implements CompensationCall {
    @Override
    public SagaId sagaId() {
      return context.sagaId();
    }

    @Override
    public String callbackToken(Step<?, ?> await) {
      return context.callbackToken(await);
    }

    @Override
    public String businessKey() {
      return context.businessKey();
    }

    @Override
    public int attempt() {
      return context.attempt();
    }

    @Override
    public <Q> Q resultOf(Step<?, Q> other) {
      return context.resultOf(other);
    }

    @Override
    public <Q> Optional<Q> findResultOf(Step<?, Q> other) {
      return context.findResultOf(other);
    }
  }
}
