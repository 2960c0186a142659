package io.skald.saga.definition;

import io.skald.saga.Retry;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.internal.Check;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * How the attempts of an action, a compensation, a confirmation or a TCC cancel are made.
 *
 * @param timeout the time limit of one attempt; default {@link #TIMEOUT}, at most {@link
 *     #TIMEOUT_LIMIT}
 * @param retry when another one is made
 * @param permanent exceptions that mean the same as {@link PermanentFailure}
 */
public record Attempts(Duration timeout, Retry retry, Set<Class<? extends Throwable>> permanent) {
  /** The time limit of one attempt where none is given: 10 seconds. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** The longest time limit that may be asked for: 24 hours. */
  public static final Duration TIMEOUT_LIMIT = Duration.ofHours(24);

  /** Checks the time limit, and that nothing is missing. */
  public Attempts {
    Objects.requireNonNull(retry, "retry");
    Check.between("timeout", timeout, TIMEOUT_LIMIT);
    permanent = Set.copyOf(permanent);
  }

  /** What holds where nothing is said. */
  public static Attempts defaults() {
    return new Attempts(TIMEOUT, Retry.defaults(), Set.of());
  }

  /** These with another time limit. */
  public Attempts withTimeout(Duration limit) {
    return new Attempts(limit, retry, permanent);
  }

  /** These with another retry policy. */
  public Attempts withRetry(Retry policy) {
    return new Attempts(timeout, policy, permanent);
  }

  /** These with other exceptions that are permanent. */
  public Attempts withPermanent(Set<Class<? extends Throwable>> types) {
    return new Attempts(timeout, retry, types);
  }

  /** Whether {@code failure} says that no attempt can succeed. */
  public boolean isPermanent(Throwable failure) {
    return failure instanceof PermanentFailure
        || permanent.stream().anyMatch(type -> type.isInstance(failure));
  }
}
