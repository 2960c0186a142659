package io.skald.saga.view;

/** Which way a log row looks. */
public enum Direction {
  /** The step's action; of a TCC step, its try. */
  ACTION,
  /** The step's compensation. */
  COMPENSATION,
  /** The confirmation of a TCC step. */
  CONFIRM,
  /** The TCC cancel: what a compensation is to other steps. */
  CANCEL;

  /** Whether it takes back what the action did. */
  public boolean isBackward() {
    return this == COMPENSATION || this == CANCEL;
  }
}
