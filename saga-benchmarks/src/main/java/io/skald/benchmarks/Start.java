package io.skald.benchmarks;

/** How a measured saga is started. */
enum Start {
  /** In a transaction of its own. */
  OWN,
  /** In a transaction of the caller's, after one business insert. */
  JOINED
}
