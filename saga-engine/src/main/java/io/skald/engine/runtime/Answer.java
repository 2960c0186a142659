package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.spi.GuardRejectedException;
import org.jspecify.annotations.Nullable;

/** What became of a remote attempt. */
sealed interface Answer {

  /**
   * The attempt was made.
   *
   * @param end how it ended
   * @param payload the encoded result, of an action that succeeded
   * @param error what it said, if it failed
   */
  record Made(AttemptEnd end, @Nullable String payload, @Nullable String error) implements Answer {
    static Made failed(AttemptEnd end, String error) {
      return new Made(end, null, error);
    }
  }

  /** The attempt was not made: this node's lease ran out before the call. */
  record LeaseLost() implements Answer {}

  /**
   * The attempt was not made.
   *
   * @param rejection why, and when to ask again
   */
  record NotAdmitted(GuardRejectedException rejection) implements Answer {}
}
