package io.skald.testkit;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.Work;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.StepContext;
import io.skald.saga.step.Tx;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
  private static final SagaId SAGA = new SagaId(new UUID(0, 1));

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
   * Makes one attempt of the action.
   *
   * @return {@code Succeeded} with the result as it would be recorded; {@code Failed} if the action
   *     threw what the step calls permanent; {@code Unknown} if a remote action threw anything else
   * @throws Exception whatever else a local action throws: it is rolled back, and nothing happened
   */
  public Outcome<R> act(I input) throws Exception {
    try {
      return Outcome.succeeded(executed(input));
    } catch (Exception e) {
      if (step.plan().action().attempts().isPermanent(e)) {
        return Outcome.failed(String.valueOf(e.getMessage()));
      }
      if (step.plan().action() instanceof ActionPlan.Remote) {
        return Outcome.unknown();
      }
      throw e;
    }
  }

  /**
   * Makes one attempt of the action, and compensates what it did.
   *
   * @throws Exception whatever the action or the compensation throws
   */
  public void compensate(I input) throws Exception {
    compensate(input, executed(input));
  }

  /**
   * Makes one attempt of the compensation of an action that returned {@code result}.
   *
   * @throws Exception whatever the compensation throws
   */
  public void compensate(I input, R result) throws Exception {
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

  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  private R executed(I input) throws Exception {
    Context context = new Context();
    Work work = step.plan().action().work();
    Object stepInput = work.inputOf(input, context);
    Object result =
        switch (handlerOf(work)) {
          case LocalTask<?> task when isTask() -> {
            ((LocalTask<Object>) task).execute(stepInput, context);
            yield Done.DONE;
          }
          case RemoteTask<?> task when isTask() -> {
            ((RemoteTask<Object>) task).execute(stepInput, context);
            yield Done.DONE;
          }
          case LocalAction<?, ?> action ->
              ((LocalAction<Object, Object>) action).execute(stepInput, context);
          case RemoteAction<?, ?> action ->
              ((RemoteAction<Object, Object>) action).execute(stepInput, context);
          case Object other -> throw new IllegalStateException("no action: " + other.getClass());
        };
    return (R) recorded(result, step.plan().resultType());
  }

  private boolean isTask() {
    return step.plan().resultType() == Done.class;
  }

  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  private void compensate(I input, Optional<Object> result) throws Exception {
    Context context = new Context();
    switch (step.plan().compensation()) {
      case CompensationPlan.None none ->
          throw new IllegalStateException("step " + step.name() + " has no compensation");
      case CompensationPlan.Local local -> {
        Object known =
            result.orElseThrow(
                () ->
                    new IllegalStateException(
                        "step %s is local: its outcome is never unknown".formatted(step.name())));
        ((LocalCompensation<Object, Object>) handlerOf(local.work()))
            .compensate(local.work().inputOf(input, context), known, context);
      }
      case CompensationPlan.Remote remote ->
          ((RemoteCompensation<Object, Object>) handlerOf(remote.work()))
              .compensate(
                  remote.work().inputOf(input, context), result, context.compensationCall());
    }
  }

  private Object handlerOf(Work work) {
    return switch (work.handler()) {
      case Handler.Inline inline -> inline.instance();
      case Handler.Bean bean -> handlers.resolve(bean.type(), bean.qualifier());
    };
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

  /** What the step's code is given. */
  private class Context implements Tx, Call {
    @Override
    public Connection connection() {
      if (connection == null) {
        throw new IllegalStateException("no connection (expected: StepTest.connection(..))");
      }
      return connection;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      if (type.isInstance(connection)) {
        return type.cast(connection);
      }
      throw new IllegalArgumentException("type: %s (expected: Connection)".formatted(type));
    }

    @Override
    public SagaId sagaId() {
      return SAGA;
    }

    @Override
    public String businessKey() {
      return "step-test";
    }

    @Override
    public int attempt() {
      return 1;
    }

    @Override
    public String idempotencyKey() {
      return SAGA + ":" + step.name() + ":action";
    }

    @Override
    public Duration timeLeft() {
      return step.plan().action().attempts().timeout();
    }

    CompensationCall compensationCall() {
      return new OpenCompensationCall(this, idempotencyKey());
    }

    @Override
    public <Q> Q resultOf(Step<?, Q> other) {
      return findResultOf(other)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "step %s has no result (expected: given(..))".formatted(other.name())));
    }

    @Override
    @SuppressWarnings("unchecked") // given(..) takes the step's own result
    public <Q> Optional<Q> findResultOf(Step<?, Q> other) {
      return Optional.ofNullable((Q) given.get(other.name()));
    }
  }

  private record OpenCompensationCall(StepContext context, String actionKey)
      implements CompensationCall {
    @Override
    public String compensationKey() {
      return actionKey.replace(":action", ":compensation");
    }

    @Override
    public Duration timeLeft() {
      return Duration.ofSeconds(10);
    }

    @Override
    public SagaId sagaId() {
      return context.sagaId();
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
