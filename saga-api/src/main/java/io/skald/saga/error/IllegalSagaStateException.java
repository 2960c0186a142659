package io.skald.saga.error;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** The saga is not in a state that allows what was asked for. */
public final class IllegalSagaStateException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about one saga.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param id the saga, if known
   */
  public IllegalSagaStateException(String message, @Nullable String saga, @Nullable SagaId id) {
    super(message, saga, id, null, null);
  }
}
