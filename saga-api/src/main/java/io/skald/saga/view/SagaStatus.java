package io.skald.saga.view;

/** The status of a saga. */
public enum SagaStatus {
  /** Going forward. */
  RUNNING,
  /** Compensating what was done, in reverse order. */
  COMPENSATING,
  /** Ended: every step succeeded. */
  COMPLETED,
  /** Ended: everything that had, or may have, taken effect was compensated. */
  COMPENSATED,
  /** Needs a human; the reason is recorded. */
  STUCK,
  /** Ended: closed by an operator, with a reason. */
  RESOLVED;

  /** Whether nothing will ever happen again. */
  public boolean isEnd() {
    return this == COMPLETED || this == COMPENSATED || this == RESOLVED;
  }
}
