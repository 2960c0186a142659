package io.skald.saga.participant;

/** What became of a delivery. */
public enum Receipt {
  /** The message came for the first time, and its work was done. */
  HANDLED,

  /** The message was handled before: nothing was done. */
  DUPLICATE,

  /**
   * A message of this id was handled before, and had another body: nothing was done. One of the two
   * senders is at fault, and a human has to look; to deliver it again will not help.
   */
  CONFLICT
}
