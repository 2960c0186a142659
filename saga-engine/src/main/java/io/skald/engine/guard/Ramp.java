package io.skald.engine.guard;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.time.Duration;

/**
 * The way back from an open breaker. Those that were turned away meanwhile must not all come back
 * at once: when it has closed, as many calls may be under way as its half-open state allows, and
 * twice as many with each {@link #STEP}. The breaker itself decides until then. Safe for use by
 * several threads.
 */
final class Ramp {
  /** How long it takes until twice as many calls may be under way: 1 s. */
  static final Duration STEP = Duration.ofSeconds(1);

  /** How long an attempt is postponed at most while the breaker is open: 10 s. */
  static final Duration SHUT_MAX = Duration.ofSeconds(10);

  /** From how many at once on there is no limit any more. */
  private static final int WIDTH_MAX = 1_024;

  private Phase phase = Phase.STEADY;
  private long sinceNanos;
  private int underWay;

  private enum Phase {
    /** It was closed for long. */
    STEADY,
    /** It was not closed when it was last looked at. */
    SHUT,
    /** It has closed since. */
    RISING
  }

  /** Whether another call may be under way; each that may has to {@link #leave}. */
  synchronized boolean enter(CircuitBreaker breaker) {
    look(breaker);
    if (phase == Phase.RISING && underWay >= width(breaker)) {
      return false;
    }
    underWay++;
    return true;
  }

  synchronized void leave() {
    underWay--;
  }

  /**
   * How long an attempt is postponed that the breaker does not admit: as long as it has been open
   * already. A short outage is over soon, and a long one is not asked after every second by each
   * saga that waits for it.
   */
  synchronized Duration retryAfter(CircuitBreaker breaker) {
    look(breaker);
    if (phase != Phase.SHUT || breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
      return Resilience4jGuard.RETRY_AFTER;
    }
    Duration shut = Duration.ofNanos(now(breaker) - sinceNanos);
    Duration longest = shut.compareTo(SHUT_MAX) < 0 ? shut : SHUT_MAX;
    return longest.compareTo(Resilience4jGuard.RETRY_AFTER) > 0
        ? longest
        : Resilience4jGuard.RETRY_AFTER;
  }

  private void look(CircuitBreaker breaker) {
    Phase seen =
        switch (breaker.getState()) {
          case OPEN, FORCED_OPEN, HALF_OPEN -> Phase.SHUT;
          case CLOSED -> phase == Phase.STEADY || isOver(breaker) ? Phase.STEADY : Phase.RISING;
          case DISABLED, METRICS_ONLY -> Phase.STEADY;
        };
    if (seen != phase) {
      phase = seen;
      sinceNanos = now(breaker);
    }
  }

  private boolean isOver(CircuitBreaker breaker) {
    return phase == Phase.RISING && width(breaker) >= WIDTH_MAX;
  }

  private int width(CircuitBreaker breaker) {
    int first = breaker.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState();
    long steps = Math.min(10, (now(breaker) - sinceNanos) / STEP.toNanos());
    return Math.min(WIDTH_MAX, Math.min(WIDTH_MAX, first) << steps);
  }

  private static long now(CircuitBreaker breaker) {
    return breaker.getTimestampUnit().toNanos(breaker.getCurrentTimestamp());
  }
}
