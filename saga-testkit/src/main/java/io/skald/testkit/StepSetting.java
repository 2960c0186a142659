package io.skald.testkit;

import io.skald.engine.spi.HandlerResolver;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaDefinitionException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The saga around a step under test. Immutable.
 *
 * @param saga the saga
 * @param businessKey its business key
 * @param attempt the number of the attempt, from 1
 * @param results the results of other steps, by name
 * @param handlers the beans the step names
 * @param local what the transaction of a local step is made of
 */
record StepSetting(
    SagaId saga,
    String businessKey,
    int attempt,
    Map<String, Object> results,
    HandlerResolver handlers,
    LocalSetting local) {

  /** Copies the results. */
  StepSetting {
    results = Map.copyOf(results);
  }

  /** What holds where a test says nothing. */
  static StepSetting usual() {
    return new StepSetting(
        new SagaId(new UUID(0, 1)), "step-test", 1, Map.of(), new NoBeans(), LocalSetting.NOTHING);
  }

  StepSetting withSaga(SagaId other) {
    return new StepSetting(other, businessKey, attempt, results, handlers, local);
  }

  StepSetting withBusinessKey(String other) {
    return new StepSetting(saga, other, attempt, results, handlers, local);
  }

  StepSetting withAttempt(int number) {
    return new StepSetting(saga, businessKey, number, results, handlers, local);
  }

  StepSetting withResult(String step, Object result) {
    var more = new HashMap<>(results);
    more.put(step, result);
    return new StepSetting(saga, businessKey, attempt, more, handlers, local);
  }

  StepSetting withHandlers(HandlerResolver resolver) {
    return new StepSetting(saga, businessKey, attempt, results, resolver, local);
  }

  StepSetting withLocal(LocalSetting other) {
    return new StepSetting(saga, businessKey, attempt, results, handlers, other);
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
