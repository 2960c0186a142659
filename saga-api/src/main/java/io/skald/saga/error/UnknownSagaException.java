package io.skald.saga.error;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** There is no such saga, or no such definition is registered here. */
public final class UnknownSagaException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about one saga.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param id the saga, if known
   */
  public UnknownSagaException(String message, @Nullable String saga, @Nullable SagaId id) {
    super(message, saga, id, null, null);
  }
}
