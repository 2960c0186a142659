package io.skald.saga;

/**
 * The result of a step or a saga that returns nothing. It is a value and never null, so that {@code
 * Optional<Done>} can tell "succeeded" from "unknown".
 */
public enum Done {
  /** The only value. */
  DONE
}
