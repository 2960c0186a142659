package io.skald.engine.spi;

/** What became of a transition. */
public enum WriteResult {
  /** Committed. */
  APPLIED,
  /** Nothing was written: the saga has another owner or another epoch by now. */
  FENCE_LOST,
  /**
   * Nothing was written: a log row is not what it was to replace, or is there already, or a signal
   * is not pending.
   */
  CONFLICT,
  /** Nothing was written: a signal was routed to the saga that its park does not know of. */
  SIGNALLED,
  /** Nothing was written: a saga of the key or the id of one it starts is there already. */
  DUPLICATE
}
