package io.skald.saga;

import io.skald.saga.internal.Check;
import java.time.Duration;

/**
 * How long a saga waits for its locks when others have one of them. When the wait is over the saga
 * ends as if it had been refused before its first step: {@code COMPENSATED}, with nothing to
 * compensate, and a reason that names the lock. Immutable.
 */
public sealed interface LockWait {
  /** The longest wait that may be asked for: 3,650 days. */
  Duration LIMIT = Duration.ofDays(3650);

  /** Until the deadline of the saga; without limit if it has none. The default. */
  static LockWait untilDeadline() {
    return new UntilDeadline();
  }

  /**
   * At most so long, by the database's clock, from the moment the saga was first found to wait; and
   * not beyond its deadline, if it has one.
   *
   * @param duration more than zero, at most {@link #LIMIT}
   * @throws IllegalArgumentException if {@code duration} is out of bounds
   */
  static LockWait atMost(Duration duration) {
    return new AtMost(duration);
  }

  /** Not at all: a saga that does not get its locks at once ends at once. */
  static LockWait none() {
    return new None();
  }

  /** Until the deadline of the saga, if it has one. */
  record UntilDeadline() implements LockWait {}

  /**
   * At most so long.
   *
   * @param duration more than zero, at most {@link LockWait#LIMIT}
   */
  record AtMost(Duration duration) implements LockWait {
    /** Checks the bound. */
    public AtMost {
      Check.between("lockWait", duration, LIMIT);
    }
  }

  /** Not at all. */
  record None() implements LockWait {}
}
