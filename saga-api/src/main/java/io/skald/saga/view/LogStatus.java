package io.skald.saga.view;

/** The status of a log row: what is recorded of a step in one direction. */
public enum LogStatus {
  /** The intent is recorded, and it must not be repeated blindly: an {@code atMostOnce} attempt. */
  STARTED,
  /** Waits for a signal, a completion or a time. */
  WAITING,
  /** An attempt failed or ended unanswered; another one is due. */
  RETRYING,
  /** It took effect. */
  SUCCEEDED,
  /**
   * It did not take effect, and no further attempt will be made by itself; for a compensation, a
   * human is needed. An action that an operator lets try again stays failed until an attempt ends.
   */
  FAILED,
  /** It may have taken effect, and no further attempt will be made by itself to find out. */
  UNKNOWN,
  /** An operator put a result in its place. */
  SKIPPED;

  /** Whether no attempt will follow by itself. */
  public boolean isFinal() {
    return this != STARTED && this != WAITING && this != RETRYING;
  }
}
