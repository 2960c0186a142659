package io.skald.saga.error;

import org.jspecify.annotations.Nullable;

/**
 * A value that cannot be written or read: not serialisable, over a limit, or not of the expected
 * type. The message names types and sizes, never the value.
 */
public final class SagaDataException extends SagaException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception about a value.
   *
   * @param message what is wrong and what to do; must not contain the value
   * @param cause what led to it, if anything
   */
  public SagaDataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
