package io.skald.saga.error;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/**
 * A saga of this definition and key exists already, and it was started with another input; or it
 * was erased, and nobody can tell.
 */
public final class DuplicateSagaException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about one saga.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param id the saga, if known
   */
  public DuplicateSagaException(String message, @Nullable String saga, @Nullable SagaId id) {
    super(message, saga, id, null, null);
  }
}
