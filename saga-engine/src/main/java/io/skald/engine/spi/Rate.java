package io.skald.engine.spi;

import io.skald.saga.internal.Check;
import java.time.Duration;
import java.util.Objects;

/**
 * How many attempts of something all nodes on one store begin in a while: of a step, or of all
 * steps of a saga's definition. It may be used up at once, and fills up again evenly. An attempt
 * that would be one too many is given a time and made then, and none is spent. Immutable; begin
 * with {@link #ofStep} or {@link #ofSaga}.
 *
 * <pre>{@code
 * Rate.ofStep("send-mail").attempts(50).per(Duration.ofSeconds(1))
 * }</pre>
 *
 * @param subject what is limited
 * @param name the name of the step or definition
 * @param attempts how many attempts; 1 to 1,000,000
 * @param per in which time; 1 ms to 1 day, and at least 1 ms for each attempt: a rate is a row of
 *     the store, written by one attempt after another
 */
public record Rate(Limit.Subject subject, String name, int attempts, Duration per) {
  private static final int ATTEMPTS_MAX = 1_000_000;
  private static final Duration PER_MIN = Duration.ofMillis(1);
  private static final Duration PER_MAX = Duration.ofDays(1);

  /** Checks the bounds. */
  public Rate {
    Objects.requireNonNull(subject, "subject");
    Check.name("rate", name);
    Check.within("attempts", attempts, ATTEMPTS_MAX);
    Objects.requireNonNull(per, "per");
    Duration least = PER_MIN.multipliedBy(attempts);
    if (per.compareTo(least) < 0 || per.compareTo(PER_MAX) > 0) {
      throw Check.refused("per", per, least + " to " + PER_MAX);
    }
  }

  /** Whether this rate takes the place of another one: of the same. */
  public boolean replaces(Rate other) {
    return subject == other.subject && name.equals(other.name);
  }

  /** How long it takes until another attempt may begin, once all are used up. */
  public Duration pace() {
    return per.dividedBy(attempts);
  }

  /**
   * Begins a rate of a step.
   *
   * @param name the step's name
   * @throws IllegalArgumentException if no step can have that name
   */
  public static Draft ofStep(String name) {
    return new Draft(Limit.Subject.STEP, Check.name("rate", name));
  }

  /**
   * Begins a rate of a saga's definition.
   *
   * @param name the definition's name
   * @throws IllegalArgumentException if no definition can have that name
   */
  public static Draft ofSaga(String name) {
    return new Draft(Limit.Subject.SAGA, Check.name("rate", name));
  }

  /**
   * A rate without its number.
   *
   * @param subject what is limited
   * @param name the name of the step or definition
   */
  public record Draft(Limit.Subject subject, String name) {

    /**
     * So many attempts.
     *
     * @throws IllegalArgumentException if that is less than 1 or more than 1,000,000
     */
    public Quota attempts(int number) {
      return new Quota(this, Check.within("attempts", number, ATTEMPTS_MAX));
    }
  }

  /**
   * A rate without its time.
   *
   * @param draft what it is of
   * @param attempts how many attempts
   */
  public record Quota(Draft draft, int attempts) {

    /**
     * The rate.
     *
     * @param time in which time so many may begin
     * @throws IllegalArgumentException if that is less than 1 ms for each, or more than 1 day
     */
    public Rate per(Duration time) {
      return new Rate(draft.subject(), draft.name(), attempts, time);
    }
  }
}
