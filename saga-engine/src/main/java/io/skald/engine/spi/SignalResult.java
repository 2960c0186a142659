package io.skald.engine.spi;

/** What became of a signal. */
public enum SignalResult {
  /** It is written, and an unfinished saga of that key is there. */
  ACCEPTED,
  /** It is written, and there is no saga of that key yet: one started later finds it. */
  EARLY,
  /** It is written, and the saga of that key has ended: nothing will consume it. */
  LATE,
  /** Nothing was written: that id, or the completion of that name, is there already. */
  REPEATED
}
