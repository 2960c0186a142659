package io.skald.engine.spi;

import java.time.Duration;

/** What became of the wish for a permit. */
public sealed interface Admission {

  /**
   * The attempt may be made.
   *
   * @param turn in how long: zero, or of a rate no longer than {@link Limit.Rate#AHEAD}
   */
  record Admitted(Duration turn) implements Admission {}

  /**
   * There is no permit; the attempt is in the queue.
   *
   * @param waited for how long already
   */
  record Queued(Duration waited) implements Admission {}
}
