package io.skald.engine.runtime;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Upcast;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import java.util.Optional;

/**
 * Whether what is recorded of a saga can be read, and its upcasts leave alone what they have made:
 * the code that reads it stores that shape, and reads it again. Pure.
 *
 * @param reader reads what is recorded
 */
record ReadCheck(PayloadReader reader) {

  /** What is wrong; empty if nothing is. */
  Optional<String> fault(SagaSnapshot saga) {
    return unread(saga)
        .or(() -> reader.hindrance(saga))
        .or(() -> changing("the input", saga.saga().input(), reader.definition().inputUpcast()))
        .or(() -> saga.log().stream().map(this::changing).flatMap(Optional::stream).findFirst());
  }

  private Optional<String> unread(SagaSnapshot saga) {
    try {
      var unused = reader.input(saga.saga().input());
      return Optional.empty();
    } catch (SagaDataException e) {
      return Optional.of("the input cannot be read: " + e.getMessage());
    }
  }

  private Optional<String> changing(LogRow row) {
    String payload = row.payload();
    return payload == null || row.direction() != Direction.ACTION
        ? Optional.empty()
        : changing(
            "the result of step " + row.path(),
            payload,
            reader.definition().resultUpcast(StepPath.name(row.path())));
  }

  private Optional<String> changing(String what, String stored, Optional<Upcast> upcast) {
    return upcast
        .filter(function -> isChanging(stored, function))
        .map(function -> what + " is changed again by an upcast of its own answer");
  }

  private boolean isChanging(String stored, Upcast upcast) {
    String once = reader.codec().upcast(stored, upcast);
    return !reader.codec().upcast(once, upcast).equals(once);
  }
}
