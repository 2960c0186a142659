package io.skald.engine.runtime;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.TypeRef;
import io.skald.saga.Upcast;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.Direction;
import java.lang.reflect.Type;
import java.util.Optional;

/**
 * Reads what is stored of the sagas of one definition, brought up to its present shape first.
 *
 * @param definition what the sagas run
 * @param codec reads what is stored
 */
record PayloadReader(SagaDefinition<?, ?> definition, PayloadCodec codec) {

  /**
   * The input of a saga.
   *
   * @throws SagaDataException if it cannot be read
   */
  Object input(String stored) {
    return codec.decode(present(stored, definition.inputUpcast()), definition.inputType());
  }

  /**
   * What a step has answered, or the elements of a {@code forEach}.
   *
   * @param type which of the two
   * @throws SagaDataException if it cannot be read
   */
  Object result(StepPlan step, String stored, Type type) {
    // the results that an operator put there for a forEach are none of its elements
    boolean isPresent = step instanceof ForEachPlan && type.equals(step.resultType());
    return codec.decode(
        isPresent ? stored : present(stored, definition.resultUpcast(step.name())), type);
  }

  private String present(String stored, Optional<Upcast> upcast) {
    return upcast.map(function -> codec.upcast(stored, function)).orElse(stored);
  }

  /**
   * Why what is recorded of a saga cannot be gone on from: the first result that cannot be read;
   * empty if there is none. The definition may name other types than the one that wrote them, under
   * the same version.
   */
  Optional<String> hindrance(SagaSnapshot found) {
    return found.log().stream().map(this::hindrance).flatMap(Optional::stream).findFirst();
  }

  private Optional<String> hindrance(LogRow row) {
    Optional<PlacedStep> step = definition.stepAt(row.path());
    String payload = row.payload();
    if (step.isEmpty() || payload == null || row.direction() != Direction.ACTION) {
      return Optional.empty();
    }
    try {
      var unused = result(step.get().plan(), payload, typeOf(step.get().plan(), row));
      return Optional.empty();
    } catch (SagaDataException e) {
      return Optional.of(
          "a recorded result cannot be read: step %s: %s".formatted(row.path(), e.getMessage()));
    }
  }

  /** What is recorded of a {@code forEach} itself are its elements, unless it was skipped. */
  static Type typeOf(StepPlan plan, LogRow row) {
    return plan instanceof ForEachPlan each && row.decision() != null
        ? TypeRef.listType(each.elementType())
        : plan.resultType();
  }
}
