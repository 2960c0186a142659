package io.skald.saga.error;

import org.jspecify.annotations.Nullable;

/** The store failed. Whether it is worth another try is decided from SQLSTATE, never from text. */
public final class SagaStoreException extends SagaException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** Whether the same call may succeed later. */
  public enum Kind {
    /** The same call may succeed later: a lost connection, a conflict, a server that restarts. */
    TRANSIENT,
    /** It will not: a missing table, a refused permission, a fault in a statement. */
    PERMANENT
  }

  /**
   * An exception from the store.
   *
   * @param message what was tried
   * @param kind whether the same call may succeed later
   * @param cause what the driver said; its message without the rows that the server quotes
   */
  public SagaStoreException(String message, Kind kind, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Whether the same call may succeed later. */
  public Kind kind() {
    return kind;
  }
}
