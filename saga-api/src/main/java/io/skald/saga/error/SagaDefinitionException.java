package io.skald.saga.error;

import org.jspecify.annotations.Nullable;

/** A definition that makes no sense, or that contradicts one already in use. */
public final class SagaDefinitionException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about a definition.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param step the step's name, if known
   */
  public SagaDefinitionException(String message, @Nullable String saga, @Nullable String step) {
    super(message, saga, null, step, null);
  }
}
