package io.skald.testkit.simulation;

/** Where a fault can strike: every place where a node talks to something outside of itself. */
public enum FaultPoint {
  /** A saga is inserted. */
  START,
  /** A transition is committed by the engine alone. */
  WRITE,
  /** A local attempt: user's code and its record in one transaction. */
  LOCAL,
  /** A commit in doubt is made certain. */
  SETTLE,
  /** Due sagas are taken over. */
  CLAIM,
  /** A signal is sent or routed, or what a saga or a sender reads: signals, other sagas. */
  SIGNAL,
  /** A saga asks for its locks, or those are woken whose turn it may be. */
  LOCK,
  /** A node joins, is alive, looks what it owns. Not counted among the points of a run. */
  HEARTBEAT,
  /** A remote action, a remote compensation or a verification is called. */
  CALL;

  /** Whether the point has a number by which a plan can name it. */
  boolean isNumbered() {
    return this != HEARTBEAT;
  }
}
