package io.skald.testkit;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Step;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.Work;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Results;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One step, tested alone: no engine, no database, no saga.
 *
 * <pre>{@code
 * var step = StepTest.of(reserveStock).given(createOrder, new OrderRow("1"));
 * assertThat(step.act(order)).isEqualTo(Outcome.succeeded(new Reservation("r1")));
 * step.compensateUnknown(order);
 * }</pre>
 *
 * <p>Results pass through the JSON codec, so that one that cannot be stored fails the test. The
 * input given is the saga's: what {@code from} derives is derived. Immutable.
 *
 * @param <I> the input of the saga
 * @param <R> the result of the step
 */
public final class StepTest<I, R> {
  private final Step<I, R> step;
  private final Map<String, Object> given;
  private final HandlerResolver handlers;
  private final @Nullable Connection connection;
  private final PayloadCodec codec = new JacksonCodec();

  private StepTest(
      Step<I, R> step,
      Map<String, Object> given,
      HandlerResolver handlers,
      @Nullable Connection connection) {
    this.step = step;
    this.given = Map.copyOf(given);
    this.handlers = handlers;
    this.connection = connection;
  }

  /** A test of {@code step}. */
  public static <I, R> StepTest<I, R> of(Step<I, R> step) {
    return new StepTest<>(step, Map.of(), new NoBeans(), null);
  }

  /** This test with a result of another step, as it would be recorded. */
  public <Q> StepTest<I, R> given(Step<?, Q> other, Q result) {
    var more = new HashMap<>(given);
    more.put(other.name(), recorded(result, other.plan().resultType()));
    return new StepTest<>(step, more, handlers, connection);
  }

  /** This test with the beans the step names. */
  public StepTest<I, R> handlers(HandlerResolver resolver) {
    return new StepTest<>(step, given, resolver, connection);
  }

  /** This test on a connection, for a local step; the test commits or rolls back. */
  public StepTest<I, R> connection(Connection open) {
    return new StepTest<>(step, given, handlers, open);
  }

  /**
   * Makes one attempt of the action. A result that cannot be stored, and whatever the test has not
   * given, fails the test: it is no outcome.
   *
   * @return {@code Succeeded} with the result as it would be recorded; {@code Failed} if the action
   *     threw what the step calls permanent; {@code Unknown} if a remote action threw anything else
   * @throws SagaDataException if the result cannot be written as JSON or read back
   * @throws Exception whatever else a local action throws: it is rolled back, and nothing happened
   */
  public Outcome<R> act(I input) throws Exception {
    ActionPlan action = step.plan().action();
    Object handler = handlerOf(action.work());
    Object result;
    try {
      result = execute(handler, input);
    } catch (Exception e) {
      if (action.attempts().isPermanent(e)) {
        String message = e.getMessage();
        return Outcome.failed(message == null ? e.getClass().getSimpleName() : message);
      }
      if (action instanceof ActionPlan.Remote) {
        return Outcome.unknown();
      }
      throw e;
    }
    return Outcome.succeeded(recordedResult(result));
  }

  /**
   * Makes one attempt of the action, and compensates what it did.
   *
   * @throws IllegalStateException if the step is not compensated after success
   * @throws Exception whatever the action or the compensation throws
   */
  public void compensate(I input) throws Exception {
    requireCompensatedAfterSuccess();
    Object result = execute(handlerOf(step.plan().action().work()), input);
    compensate(input, Optional.of(recordedResult(result)));
  }

  /**
   * Makes one attempt of the compensation of an action that returned {@code result}.
   *
   * @throws IllegalStateException if the step is not compensated after success
   * @throws Exception whatever the compensation throws
   */
  public void compensate(I input, R result) throws Exception {
    requireCompensatedAfterSuccess();
    compensate(input, Optional.of(recorded(result, step.plan().resultType())));
  }

  /**
   * Makes one attempt of the compensation of an action whose outcome is unknown.
   *
   * @throws IllegalStateException if the step is local: its outcome is never unknown
   * @throws Exception whatever the compensation throws
   */
  public void compensateUnknown(I input) throws Exception {
    compensate(input, Optional.empty());
  }

  private void requireCompensatedAfterSuccess() {
    if (step.plan().compensation() instanceof CompensationPlan.Remote remote
        && remote.when() == CompensationPlan.When.UNKNOWN_ONLY) {
      throw new IllegalStateException(
          "step %s is compensated only if its outcome is unknown (expected: compensateUnknown(..))"
              .formatted(step.name()));
    }
  }

  /** Code that returns a result comes as an action, code that returns nothing as a task. */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  private @Nullable Object execute(Object handler, I input) throws Exception {
    ActionPlan action = step.plan().action();
    StepAttempt attempt = attempt(action.attempts());
    Object stepInput = inputOf(action.work(), input, attempt);
    return switch (handler) {
      case LocalTask<?> task when isTask() -> {
        ((LocalTask<Object>) task).execute(stepInput, attempt);
        yield Done.DONE;
      }
      case RemoteTask<?> task when isTask() -> {
        ((RemoteTask<Object>) task).execute(stepInput, attempt);
        yield Done.DONE;
      }
      case LocalAction<?, ?> local ->
          ((LocalAction<Object, Object>) local).execute(stepInput, attempt);
      case RemoteAction<?, ?> remote ->
          ((RemoteAction<Object, Object>) remote).execute(stepInput, attempt);
      case Object other -> throw new AssertionError("no action: " + other.getClass());
    };
  }

  private boolean isTask() {
    return step.plan().resultType() == Done.class;
  }

  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  private void compensate(I input, Optional<Object> result) throws Exception {
    switch (step.plan().compensation()) {
      case CompensationPlan.None none ->
          throw new IllegalStateException("step " + step.name() + " has no compensation");
      case CompensationPlan.Local local -> {
        StepAttempt attempt = attempt(local.attempts());
        ((LocalCompensation<Object, Object>) handlerOf(local.work()))
            .compensate(inputOf(local.work(), input, attempt), known(result), attempt);
      }
      case CompensationPlan.Remote remote -> {
        StepAttempt attempt = attempt(remote.attempts());
        ((RemoteCompensation<Object, Object>) handlerOf(remote.work()))
            .compensate(inputOf(remote.work(), input, attempt), result, attempt.compensation());
      }
    }
  }

  private Object known(Optional<Object> result) {
    return result.orElseThrow(
        () ->
            new IllegalStateException(
                "step %s is local: its outcome is never unknown".formatted(step.name())));
  }

  private StepAttempt attempt(Attempts attempts) {
    return new StepAttempt(step.name(), given, connection, attempts.timeout());
  }

  /** A derivation is pure, so what it throws once it throws always. */
  private static Object inputOf(Work work, Object input, Results results) {
    try {
      return work.inputOf(input, results);
    } catch (Exception e) {
      throw new PermanentFailure("the step's input: " + e, e);
    }
  }

  private Object handlerOf(Work work) {
    return switch (work.handler()) {
      case Handler.Inline inline -> inline.instance();
      case Handler.Bean bean -> handlers.resolve(bean.type(), bean.qualifier());
    };
  }

  @SuppressWarnings("unchecked") // the codec reads the type the step was declared with
  private R recordedResult(@Nullable Object result) {
    if (result == null) {
      throw new AssertionError("step %s returned null (expected: a result)".formatted(step.name()));
    }
    return (R) recorded(result, step.plan().resultType());
  }

  private Object recorded(Object result, Type type) {
    return codec.decode(codec.encode(result, type), type);
  }

  private static final class NoBeans implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException(
          "no bean of type %s (expected: StepTest.handlers(..))".formatted(type.getName()),
          null,
          null);
    }
  }
}
