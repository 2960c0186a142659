package io.skald.saga.view;

/** Which way a log row looks. */
public enum Direction {
  /** The step's action. */
  ACTION,
  /** The step's compensation. */
  COMPENSATION
}
