package io.skald.engine.runtime;

import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.SagaDefinition;
import io.skald.saga.TypeRef;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.internal.StepPath;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the steps of one saga are given: its input, or within a {@code forEach} the element. Safe
 * for use by several threads.
 */
final class Inputs {
  private final SagaDefinition<?, ?> definition;
  private final Object input;
  private final PayloadReader reader;
  private final Map<String, List<?>> elements = new ConcurrentHashMap<>();

  /**
   * The inputs of a saga.
   *
   * @param input the saga's own
   */
  Inputs(SagaDefinition<?, ?> definition, Object input, PayloadCodec codec) {
    this.definition = definition;
    this.input = input;
    this.reader = new PayloadReader(definition, codec);
  }

  /** The saga's own input. */
  Object ofSaga() {
    return input;
  }

  /**
   * The input of a step, before any {@code from}.
   *
   * @param held the saga, with the elements recorded
   * @param path where the step stands
   * @throws io.skald.saga.error.SagaDataException if the element cannot be read
   */
  Object at(HeldSaga held, String path) {
    String scope = StepPath.scope(path);
    if (scope.isEmpty()) {
      return input;
    }
    String each = StepPath.each(scope);
    List<?> list = elements.computeIfAbsent(each, read -> read(held, read));
    return list.get(StepPath.number(each, path).orElseThrow() - 1);
  }

  private List<?> read(HeldSaga held, String each) {
    var plan = (ForEachPlan) definition.stepAt(each).orElseThrow().plan();
    String payload = Objects.requireNonNull(held.results().get(each), each);
    return (List<?>) reader.result(plan, payload, TypeRef.listType(plan.elementType()));
  }
}
