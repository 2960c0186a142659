package io.skald.saga;

import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * When an attempt that failed is made again. Retries are durable: the attempt number, the last
 * error and the time of the next attempt are stored, so a restart neither forgets nor repeats them.
 *
 * <p>The delay before attempt <i>n</i> + 1 is {@code first} doubled <i>n</i> − 1 times, at most
 * {@code delayMax}, of which a random half is taken away ("equal jitter": between 50 % and 100 % of
 * the delay), so that sagas that failed together do not come back together.
 *
 * <p>What is not set follows from the place:
 *
 * <table>
 * <caption>Defaults</caption>
 * <tr><th>place</th><th>attempts</th><th>first delay</th><th>longest delay</th></tr>
 * <tr><td>actions up to and including the pivot</td><td>5</td><td>200 ms</td><td>30 s</td></tr>
 * <tr><td>actions after the pivot</td><td>unlimited</td><td>200 ms</td><td>1 min</td></tr>
 * <tr><td>compensations</td><td>unlimited</td><td>200 ms</td><td>1 min</td></tr>
 * </table>
 *
 * <p>Immutable.
 */
@CheckReturnValue
public final class Retry {
  /** The longest delay that may be asked for: 365 days. */
  public static final Duration DELAY_LIMIT = Duration.ofDays(365);

  /** The defaults of an action up to and including the pivot. */
  public static final Retry ACTION = new Retry(Duration.ofMillis(200), 5, Duration.ofSeconds(30));

  /** The defaults of a compensation, and of an action after the pivot. */
  public static final Retry PERSISTENT =
      new Retry(Duration.ofMillis(200), Integer.MAX_VALUE, Duration.ofMinutes(1));

  private final @Nullable Duration first;
  private final @Nullable Integer attemptsMax;
  private final @Nullable Duration delayMax;

  private Retry(
      @Nullable Duration first, @Nullable Integer attemptsMax, @Nullable Duration delayMax) {
    this.first = first;
    this.attemptsMax = attemptsMax;
    this.delayMax = delayMax;
  }

  /** A policy that sets nothing: every value is the default of the place. */
  public static Retry defaults() {
    return new Retry(null, null, null);
  }

  /**
   * A delay that doubles with every attempt.
   *
   * @param first the delay before the second attempt; more than zero, at most {@link #DELAY_LIMIT}
   * @throws IllegalArgumentException if {@code first} is out of bounds
   */
  public static Retry exponential(Duration first) {
    return new Retry(Check.between("first", first, DELAY_LIMIT), null, null);
  }

  /** One attempt and no more. */
  public static Retry never() {
    return new Retry(null, 1, null);
  }

  /**
   * Sets how many attempts there are in all, the first one included; replaces an earlier value.
   *
   * @param attempts at least 1
   * @throws IllegalArgumentException if {@code attempts} is below 1
   */
  public Retry attemptsMax(int attempts) {
    return new Retry(first, Check.positive("attempts", attempts), delayMax);
  }

  /** Lets the attempts go on without end; replaces an earlier {@link #attemptsMax(int)}. */
  public Retry attemptsUnlimited() {
    return new Retry(first, Integer.MAX_VALUE, delayMax);
  }

  /**
   * Sets the longest delay between two attempts; replaces an earlier value. A first delay above it
   * is cut to it.
   *
   * @param delay more than zero, at most {@link #DELAY_LIMIT}
   * @throws IllegalArgumentException if {@code delay} is out of bounds
   */
  public Retry delayMax(Duration delay) {
    return new Retry(first, attemptsMax, Check.between("delayMax", delay, DELAY_LIMIT));
  }

  /**
   * This policy, with what it leaves open taken from {@code defaults}. A first delay that is set
   * and longer than the default's longest one is the longest as well.
   */
  public Retry orElse(Retry defaults) {
    return new Retry(
        first != null ? first : defaults.first,
        attemptsMax != null ? attemptsMax : defaults.attemptsMax,
        delayMax != null ? delayMax : longerOf(defaults.delayMax, first));
  }

  /** How many attempts there are in all; empty if without end, or not set. */
  public OptionalInt attemptsMax() {
    return attemptsMax == null || attemptsMax == Integer.MAX_VALUE
        ? OptionalInt.empty()
        : OptionalInt.of(attemptsMax);
  }

  /** Whether {@code spent} attempts leave none. */
  public boolean isSpentAfter(int spent) {
    return attemptsMax != null && spent >= attemptsMax;
  }

  /**
   * The delay after attempt {@code attempt}.
   *
   * @param attempt 1-based
   * @param random a number from 0 (inclusive) to 1 (exclusive), for the jitter
   * @throws IllegalArgumentException if {@code attempt} is below 1
   */
  public Duration delayAfter(int attempt, double random) {
    Check.positive("attempt", attempt);
    Duration start = first != null ? first : Objects.requireNonNull(ACTION.first);
    Duration longest = delayMax != null ? delayMax : DELAY_LIMIT;
    double doubled = (double) start.toNanos() * Math.pow(2, Math.min(attempt - 1, 62));
    long delay = doubled < (double) longest.toNanos() ? (long) doubled : longest.toNanos();
    return Duration.ofNanos(delay / 2 + (long) (random * (double) (delay - delay / 2)));
  }

  private static @Nullable Duration longerOf(@Nullable Duration usual, @Nullable Duration asked) {
    return usual != null && asked != null && asked.compareTo(usual) > 0 ? asked : usual;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Retry that
        && Objects.equals(first, that.first)
        && Objects.equals(attemptsMax, that.attemptsMax)
        && Objects.equals(delayMax, that.delayMax);
  }

  @Override
  public int hashCode() {
    return Objects.hash(first, attemptsMax, delayMax);
  }

  @Override
  public String toString() {
    String attempts =
        attemptsMax == null
            ? "default"
            : attemptsMax == Integer.MAX_VALUE ? "unlimited" : attemptsMax.toString();
    return "Retry[first=%s, attemptsMax=%s, delayMax=%s]"
        .formatted(
            first == null ? "default" : first, attempts, delayMax == null ? "default" : delayMax);
  }
}
