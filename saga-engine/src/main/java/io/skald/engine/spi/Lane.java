package io.skald.engine.spi;

/** How pressing a saga is where there is not room for all. */
public enum Lane {
  /** It goes forward and its pivot has not passed: it is new, or may still turn either way. */
  ORDINARY,
  /**
   * It can go one way only, and others wait for that: it compensates, was cancelled, or is past its
   * pivot; or one that is urgent waits for it, having started it. Room is kept for it.
   */
  URGENT
}
