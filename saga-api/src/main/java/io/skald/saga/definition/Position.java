package io.skald.saga.definition;

/** Where a step stands in its saga. */
public enum Position {
  /** Before the pivot: compensated when the saga cannot go on. */
  COMPENSATABLE,
  /** The point of no return: once it has succeeded the saga only goes forward. */
  PIVOT,
  /** After the pivot: retried until it succeeds, never compensated. */
  RETRIABLE
}
