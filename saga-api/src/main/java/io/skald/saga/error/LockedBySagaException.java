package io.skald.saga.error;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** A saga holds the lock that a transaction of the application's asked for. */
public final class LockedBySagaException extends SagaException {
  private static final long serialVersionUID = 1L;

  private final String lock;

  /**
   * An exception about one lock.
   *
   * @param lock the lock's name
   * @param id the saga that holds it, if it still did when it was looked for
   */
  public LockedBySagaException(String lock, @Nullable SagaId id) {
    super(
        "lock %s: held by %s (expected: free; try again when the saga has ended)"
            .formatted(lock, id == null ? "a saga" : "saga " + id),
        null,
        id,
        null,
        null);
    this.lock = lock;
  }

  /** The lock's name. */
  public String lock() {
    return lock;
  }
}
