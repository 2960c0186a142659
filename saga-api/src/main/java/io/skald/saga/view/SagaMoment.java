package io.skald.saga.view;

/** A time of a saga that can be searched by; by the database's clock. */
public enum SagaMoment {
  /** When it was started. */
  CREATED,
  /** When it was last claimed, parked, turned around or ended, or an operator changed it. */
  CHANGED,
  /** When it ended; a saga that has not is neither before nor after any instant. */
  FINISHED
}
