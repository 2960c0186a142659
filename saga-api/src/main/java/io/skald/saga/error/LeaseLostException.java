package io.skald.saga.error;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** This node no longer owns the saga: another node, an operator or a settle came first. */
public final class LeaseLostException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about one saga.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param id the saga, if known
   */
  public LeaseLostException(String message, @Nullable String saga, @Nullable SagaId id) {
    super(message, saga, id, null, null);
  }
}
