package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What became of an attempt. */
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

  /**
   * The attempt was made, and committed with its record.
   *
   * @param draft the record
   */
  record Committed(TransitionDraft draft) implements Answer {}

  /** Whether the attempt was committed with its record has to be settled. */
  record InDoubt() implements Answer {}

  /** The attempt ended its own transaction: it may have taken effect without its record. */
  record Escaped() implements Answer {}

  /** The attempt was not made: this node's lease ran out before the call. */
  record LeaseLost() implements Answer {}

  /**
   * The attempt was not made, and none is spent.
   *
   * @param retryAfter when to try again
   */
  record NotAdmitted(Duration retryAfter) implements Answer {}
}
