package io.skald.saga.participant;

/** What a {@link Barrier} says to a call: the work of one that has not passed is not done. */
public enum Passage {
  /** It was the first: its work was done, in the transaction that is still open. */
  PASSED,

  /** It was done before. To whoever calls, that is a success. */
  REPEATED,

  /**
   * A compensation of an action that was never made here, and never will be: it is refused from now
   * on. To whoever calls, that is a success.
   */
  EMPTY,

  /** An action or a confirmation that comes after the compensation. Refused, for good. */
  LATE,

  /** A compensation that comes after the confirmation. Refused, for good. */
  CONFIRMED,

  /** A confirmation of what was never made here. Refused. */
  MISSING;

  /** Whether whoever calls is to be told that it was not done. */
  public boolean isRefused() {
    return switch (this) {
      case PASSED, REPEATED, EMPTY -> false;
      case LATE, CONFIRMED, MISSING -> true;
    };
  }
}
