package io.skald.engine.spi;

/** What became of a signal. */
public enum SignalResult {
  /** It is written, and an unfinished saga of that key is there. */
  ACCEPTED,
  /** It is written, and there is no saga of that key yet: one started later finds it. */
  EARLY,
  /** It is written, and the saga of that key has ended: nothing will consume it. */
  LATE,
  /** Nothing was written: that very signal, by its id, is there already. */
  REPEATED,
  /**
   * Nothing was written: another completion of that wait is there already, or another sign of life
   * that its saga has not heard yet.
   */
  PRECEDED,
  /**
   * Nothing was written: it is said of a step that is over, or was handed out once more since, or
   * whose saga does not go forward.
   */
  CLOSED
}
