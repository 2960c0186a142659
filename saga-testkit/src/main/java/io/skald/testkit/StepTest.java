package io.skald.testkit;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.runtime.ErrorText;
import io.skald.engine.runtime.Limits;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Outcome;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.Tx;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One step, tested alone: no engine, no database, no saga.
 *
 * <pre>{@code
 * var step = StepTest.of(reserveStock).given(createOrder, new OrderRow("1"));
 * assertThat(step.actOrThrow(order)).isEqualTo(new Reservation("r1"));
 * assertThat(step.act(unanswered)).isEqualTo(Outcome.unknown());
 * step.compensateUnknown(order);
 * }</pre>
 *
 * <p>Results pass through the JSON codec, so that one that cannot be stored fails the test. The
 * input given is the saga's: what {@code from} derives is derived.
 *
 * <p>Every attempt is the first one, of saga {@code 00000000-0000-0000-0000-000000000001} with the
 * business key {@code step-test}, so its keys are the same in every test: {@code
 * 00000000-0000-0000-0000-000000000001:reserve-stock:action}, and {@code :compensation} at its end
 * for the compensation itself. {@link #sagaId}, {@link #businessKey} and {@link #attempt} say
 * otherwise, for a handler that depends on them; two sagas at one fake participant need two ids.
 * {@code timeLeft()} is always the whole time limit.
 *
 * <p>The step's code runs on the test's own thread. An attempt that takes longer than its time
 * limit (10 s where the step sets none) counts as timed out, whatever it returned or threw: a
 * {@link TimeoutException}, which {@link #act} answers as {@code Unknown} for a remote step. But it
 * is not interrupted, as an engine would, so code that never returns hangs the test.
 *
 * <p>Immutable.
 *
 * @param <I> the input of the saga
 * @param <R> the result of the step
 */
public final class StepTest<I, R> {
  private final TaskPlan step;
  private final StepSetting setting;
  private final PayloadCodec codec = new JacksonCodec();

  private StepTest(TaskPlan step, StepSetting setting) {
    this.step = step;
    this.setting = setting;
  }

  /**
   * A test of {@code step}.
   *
   * @throws IllegalArgumentException if the step holds other steps, waits or decides: it has no
   *     code of its own to test
   */
  public static <I, R> StepTest<I, R> of(Step<I, R> step) {
    if (step.plan() instanceof TaskPlan task) {
      return new StepTest<>(task, StepSetting.usual());
    }
    throw new IllegalArgumentException(
        "step %s has no action of its own (expected: a local or remote step; one that it holds)"
            .formatted(step.name()));
  }

  /** This test with a result of another step, as it would be recorded. */
  public <Q> StepTest<I, R> given(Step<?, Q> other, Q result) {
    return with(setting.withResult(other.name(), recorded(result, other.plan().resultType())));
  }

  /** This test with the beans the step names. */
  public StepTest<I, R> handlers(HandlerResolver resolver) {
    return with(setting.withHandlers(resolver));
  }

  /**
   * This test on a connection, for a local step; the test commits or rolls back. The step itself is
   * refused that, as by an engine: see {@link Tx#connection}. A COMMIT it sends as SQL is not seen.
   */
  public StepTest<I, R> connection(Connection open) {
    return with(setting.withLocal(setting.local().withConnection(open)));
  }

  /**
   * This test with what a local step finds by {@code tx.unwrap(type)}:
   *
   * <pre>{@code
   * .unwrapping(DSLContext.class, tx -> DSL.using(tx.connection(), SQLDialect.POSTGRES))
   * }</pre>
   *
   * @param type exactly the type the step asks for; replaces what was said of it before
   * @param part makes it, each time it is asked for; {@code tx.connection()} is the step's own
   * @throws IllegalArgumentException if {@code type} is {@link Connection}, which {@link
   *     #connection} gives
   */
  public <T> StepTest<I, R> unwrapping(Class<T> type, Function<? super Tx, ? extends T> part) {
    if (type == Connection.class) {
      throw new IllegalArgumentException("type: java.sql.Connection (expected: connection(..))");
    }
    return with(setting.withLocal(setting.local().with(type, part)));
  }

  /** This test in another saga, whose id is the beginning of the idempotency key. */
  public StepTest<I, R> sagaId(SagaId id) {
    return with(setting.withSaga(id));
  }

  /**
   * This test with another business key.
   *
   * @param key 1 to 255 characters without control characters
   * @throws SagaDataException if {@code key} is out of bounds
   */
  public StepTest<I, R> businessKey(String key) {
    return with(setting.withBusinessKey(Limits.checkedKey(key)));
  }

  /**
   * This test with another number of the attempt, for code that reads {@code call.attempt()}.
   *
   * @param number at least 1
   * @throws IllegalArgumentException if {@code number} is below 1
   */
  public StepTest<I, R> attempt(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("attempt: " + number + " (expected: >= 1)");
    }
    return with(setting.withAttempt(number));
  }

  private StepTest<I, R> with(StepSetting other) {
    return new StepTest<>(step, other);
  }

  /**
   * Makes one attempt of the action and says what it would be taken for. A result that cannot be
   * stored, and whatever the test has not given, fails the test: it is no outcome. An outcome keeps
   * no exception; {@link #actOrThrow} lets it through.
   *
   * @return {@code Succeeded} with the result as it would be recorded; {@code Failed} if the action
   *     threw what the step calls permanent, with the reason as it would be recorded; {@code
   *     Unknown} if a remote action threw anything else or took longer than its time limit
   * @throws SagaDataException if the result cannot be written as JSON or read back
   * @throws Exception whatever else a local action throws, {@link TimeoutException} if it took
   *     longer than its time limit: it is rolled back, and nothing happened
   */
  public Outcome<R> act(I input) throws Exception {
    requireResult();
    ActionPlan action = step.action();
    StepAttempt.Code code = code().action(input);
    Object result;
    try {
      result = code.run();
    } catch (Exception e) {
      if (action.attempts().isPermanent(e)) {
        return Outcome.failed(ErrorText.of(e));
      }
      if (action instanceof ActionPlan.Remote) {
        return Outcome.unknown();
      }
      throw e;
    }
    return Outcome.succeeded(recordedResult(result));
  }

  /**
   * Makes one attempt of the action that is to succeed, or to throw what the test expects.
   *
   * @return the result as it would be recorded
   * @throws SagaDataException if the result cannot be written as JSON or read back
   * @throws TimeoutException if the attempt took longer than its time limit; what it threw, if it
   *     did, is the cause
   * @throws Exception whatever the action throws, as it was thrown
   */
  public R actOrThrow(I input) throws Exception {
    requireResult();
    return recordedResult(code().action(input).run());
  }

  /**
   * Makes one attempt to hand the work of an asynchronous step out.
   *
   * @return the completion token the action was given
   * @throws IllegalStateException if the step is not asynchronous
   * @throws Exception whatever the action throws
   */
  public String handOut(I input) throws Exception {
    if (!(step.action() instanceof ActionPlan.Async)) {
      throw new IllegalStateException(
          "step %s hands nothing out (expected: act(..))".formatted(step.name()));
    }
    return (String) Objects.requireNonNull(code().action(input).run());
  }

  /**
   * Makes one attempt of the confirmation of a TCC step whose try returned {@code result}.
   *
   * @throws IllegalStateException if the step is no TCC step
   * @throws Exception whatever the confirmation throws
   */
  public void confirm(I input, R result) throws Exception {
    ConfirmationPlan confirmation = step.confirmation();
    if (confirmation == null) {
      throw new IllegalStateException(
          "step %s is no TCC step (expected: one made with tryRemote(..))".formatted(step.name()));
    }
    code().confirm(confirmation, input, recorded(result, step.resultType()));
  }

  private void requireResult() {
    if (step.action() instanceof ActionPlan.Async) {
      throw new IllegalStateException(
          "step %s hands its work out (expected: handOut(..))".formatted(step.name()));
    }
  }

  /**
   * Makes one attempt of the action, and compensates what it did.
   *
   * @throws IllegalStateException if the step is not compensated after success
   * @throws Exception whatever the action or the compensation throws
   */
  public void compensate(I input) throws Exception {
    requireCompensatedAfterSuccess();
    code().compensate(input, Optional.of(actOrThrow(input)));
  }

  /**
   * Makes one attempt of the compensation of an action that returned {@code result}.
   *
   * @throws IllegalStateException if the step is not compensated after success
   * @throws Exception whatever the compensation throws
   */
  public void compensate(I input, R result) throws Exception {
    requireCompensatedAfterSuccess();
    code().compensate(input, Optional.of(recorded(result, step.resultType())));
  }

  /**
   * Makes one attempt of the compensation of an action whose outcome is unknown.
   *
   * @throws IllegalStateException if the step is local: its outcome is never unknown
   * @throws Exception whatever the compensation throws
   */
  public void compensateUnknown(I input) throws Exception {
    code().compensate(input, Optional.empty());
  }

  private void requireCompensatedAfterSuccess() {
    if (step.compensation() instanceof CompensationPlan.Remote remote
        && remote.when() == CompensationPlan.When.UNKNOWN_ONLY) {
      throw new IllegalStateException(
          "step %s is compensated only if its outcome is unknown (expected: compensateUnknown(..))"
              .formatted(step.name()));
    }
  }

  private StepCode code() {
    return new StepCode(step, setting);
  }

  @SuppressWarnings("unchecked") // the codec reads the type the step was declared with
  private R recordedResult(@Nullable Object result) {
    if (result == null) {
      throw new AssertionError("step %s returned null (expected: a result)".formatted(step.name()));
    }
    return (R) recorded(result, step.resultType());
  }

  private Object recorded(Object result, Type type) {
    return codec.decode(codec.encode(result, type), type);
  }
}
