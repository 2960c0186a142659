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
  record NotAdmitted(Duration retryAfter) implements Answer {
    /** The longest that is waited at least: a guard of the application's may say anything. */
    private static final Duration AT_LEAST_MAX = Duration.ofDays(365);

    /**
     * One of many that may have been turned away together, and are not to come back together.
     *
     * @param atLeast how long until it is tried again, up to twice as long; at most a year
     * @param random a number from 0 to 1
     */
    static NotAdmitted spread(Duration atLeast, double random) {
      Duration bounded = atLeast.compareTo(AT_LEAST_MAX) < 0 ? atLeast : AT_LEAST_MAX;
      return new NotAdmitted(bounded.plusNanos((long) (bounded.toNanos() * random)));
    }
  }

  /**
   * The attempt was not made, and none is spent: it waits for its turn at a limit of the fleet.
   *
   * @param retryAfter when to ask again though nobody has had it come
   */
  record Queued(Duration retryAfter) implements Answer {}
}
