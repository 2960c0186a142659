package io.skald.testkit;

import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.StepContext;
import io.skald.saga.step.Tx;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the code of a step is given in a {@link StepTest}. A mistake of the test is an {@link
 * AssertionError}: an exception would be taken for an outcome of the step.
 *
 * @param step the step's name
 * @param given the results of other steps, by name
 * @param open the connection of a local step
 * @param timeLeft the time limit of the attempt
 */
record StepAttempt(
    String step, Map<String, Object> given, @Nullable Connection open, Duration timeLeft)
    implements Tx, Call {
  private static final SagaId SAGA = new SagaId(new UUID(0, 1));

  @Override
  public Connection connection() {
    if (open == null) {
      throw new AssertionError(
          "step %s asks for its connection (expected: connection(..))".formatted(step));
    }
    return open;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(open)) {
      return type.cast(open);
    }
    throw new AssertionError(
        "step %s asks for a %s (expected: connection(..))".formatted(step, type.getName()));
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
    return SAGA + ":" + step + ":action";
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
    return Optional.ofNullable((Q) given.get(other.name()));
  }

  /** The attempt of a compensation: it has no idempotency key of the action's kind. */
  CompensationCall compensation() {
    String compensationKey = SAGA + ":" + step + ":compensation";
    return new OpenCompensation(this, idempotencyKey(), compensationKey, timeLeft);
  }

  private record OpenCompensation(
      StepContext context, String actionKey, String compensationKey, Duration timeLeft)
      implements CompensationCall {
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
