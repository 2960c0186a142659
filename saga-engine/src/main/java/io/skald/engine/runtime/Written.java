package io.skald.engine.runtime;

/** What is known of a write. */
enum Written {
  APPLIED,
  /** Nothing is written: a signal came since this owner looked for one. */
  SIGNALLED,
  /** Nothing is written: a saga that was to be started is there already. */
  DUPLICATE,
  /** The store failed: nothing is written, or all of it. */
  FAILED,
  /** Nobody can tell whether it is written: only settling finds out. */
  IN_DOUBT,
  /** Nothing is written: the saga has another owner, or another state than was thought. */
  REFUSED
}
