package io.skald.engine.runtime;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaStatus;

/** Erases what is stored of sagas, and says what to do where that is refused. */
final class Eraser {
  private final SagaStore store;

  Eraser(SagaStore store) {
    this.store = store;
  }

  /** Answers how many sagas there was anything of. */
  int erase(Erasing which, Amendment.Audit audit) {
    return switch (store.erase(which, audit)) {
      case Erased.Done(int sagas) -> sagas;
      case Erased.Unfinished(SagaId saga, String definition, SagaStatus status) ->
          throw new IllegalSagaStateException(
              "saga %s of %s is %s and cannot be erased (expected: %s; then erase)"
                  .formatted(saga, definition, status, remedy(status)),
              definition,
              saga);
      case Erased.Within(SagaId saga, String definition, SagaId parent) ->
          throw new IllegalSagaStateException(
              "saga %s of %s was started by saga %s, which has what it came to (expected: erase that one, and with it all it started)"
                  .formatted(saga, definition, parent),
              definition,
              saga);
      case Erased.Absent() -> throw absent(which);
    };
  }

  private static String remedy(SagaStatus status) {
    return switch (status) {
      case RUNNING -> "wait for its end, or cancel it and wait for that";
      case COMPENSATING -> "wait for its end";
      case STUCK -> "move it to its end, or resolve it";
      case COMPLETED, COMPENSATED, RESOLVED ->
          throw new IllegalArgumentException("an end: " + status);
    };
  }

  private static UnknownSagaException absent(Erasing which) {
    return switch (which) {
      case Erasing.OfSaga(SagaId id) ->
          new UnknownSagaException("there is no saga " + id, null, id);
      case Erasing.OfKey of -> new UnknownSagaException("there is no saga of that key", null, null);
    };
  }
}
