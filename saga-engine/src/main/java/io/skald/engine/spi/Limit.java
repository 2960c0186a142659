package io.skald.engine.spi;

import java.time.Duration;

/**
 * A limit of the whole fleet on the remote attempts behind the guard of its name, kept in the
 * database the fleet shares. Each node goes by its own number: a deploy that changes it takes
 * effect node by node.
 */
public sealed interface Limit {
  /** How soon a waiter that was woken asks again, or is passed over until it does: 5 s. */
  Duration PATIENCE = Duration.ofSeconds(5);

  /** How long a waiter that was woken and does not come keeps its place in the queue: 1 h. */
  Duration ABSENCE_MAX = Duration.ofHours(1);

  /** The guard's name in the definitions. */
  String name();

  /**
   * A limit on the attempts that are under way at the same time.
   *
   * @param name the guard's name in the definitions
   * @param attemptsMax how many at most over all nodes, 1 to 1,000
   * @throws IllegalArgumentException if the name is none, or the number out of bounds
   */
  static Limit concurrent(String name, int attemptsMax) {
    return new Concurrent(name, attemptsMax);
  }

  /**
   * A limit on the attempts that are begun in a time. They are spread evenly over it.
   *
   * @param name the guard's name in the definitions
   * @param attemptsMax how many at most over all nodes in any stretch of that time, by the
   *     database's clock, 1 to 10,000
   * @param per the time, 10 ms to 1 day
   * @throws IllegalArgumentException if the name is none, or a number out of bounds
   */
  static Limit rate(String name, int attemptsMax, Duration per) {
    return new Rate(name, attemptsMax, per);
  }

  /**
   * A limit on the attempts that are under way at the same time.
   *
   * @param name the guard's name
   * @param attemptsMax how many at most
   */
  record Concurrent(String name, int attemptsMax) implements Limit {
    /** Each time of asking counts those under way. */
    private static final int CONCURRENT_MAX = 1_000;

    /** Checks name and number. */
    public Concurrent {
      LimitCheck.check(name, attemptsMax, CONCURRENT_MAX);
    }
  }

  /**
   * A limit on the attempts that are begun in a time.
   *
   * @param name the guard's name
   * @param attemptsMax how many at most
   * @param per in which time
   */
  record Rate(String name, int attemptsMax, Duration per) implements Limit {
    /**
     * How long before its turn an attempt is admitted at most: 100 ms, which it waits for by
     * itself. Whoever came when the turn had come would be late for it, and all after him later
     * still.
     */
    public static final Duration AHEAD = Duration.ofMillis(100);

    private static final int RATE_MAX = 10_000;
    private static final Duration PER_MIN = Duration.ofMillis(10);
    private static final Duration PER_MAX = Duration.ofDays(1);

    /** Checks name, number and time. */
    public Rate {
      LimitCheck.check(name, attemptsMax, RATE_MAX);
      if (per.compareTo(PER_MIN) < 0 || per.compareTo(PER_MAX) > 0) {
        throw new IllegalArgumentException(
            "limit %s: per: %s (expected: %s to %s)".formatted(name, per, PER_MIN, PER_MAX));
      }
    }

    /** The time from one turn to the next, in whole microseconds. */
    public Duration interval() {
      long micros = per.toNanos() / 1_000;
      return Duration.ofNanos(Math.ceilDiv(micros, (long) attemptsMax) * 1_000);
    }
  }
}
