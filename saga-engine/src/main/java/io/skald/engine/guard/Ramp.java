package io.skald.engine.guard;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.time.Duration;
import java.util.Optional;

/**
 * The way back from an open breaker. Those that were turned away meanwhile must not all come back
 * at once: when it has closed, as many calls may be under way as its half-open state allows, and
 * twice as many with each {@link #STEP}. The breaker itself decides until then. It tells of each
 * change: whoever looked at its state would miss those between two looks. Safe for use by several
 * threads.
 */
final class Ramp {
  /** How long it takes until twice as many calls may be under way: 1 s. */
  static final Duration STEP = Duration.ofSeconds(1);

  /** How long an attempt that is turned away is postponed at most: 10 s. */
  static final Duration REST_MAX = Duration.ofSeconds(10);

  /** How often the number of calls is doubled at most. */
  private static final int STEPS_MAX = 10;

  /** From how many at once on there is no limit any more. */
  private static final int WIDTH_MAX = 1 << STEPS_MAX;

  private final CircuitBreaker breaker;
  private Phase phase = Phase.STEADY;
  private long sinceNanos;
  private int underWay;
  private long countedSinceNanos;
  private int turnedAway;

  private enum Phase {
    /** It was closed for long, or lets everything through. */
    STEADY,
    /** It is open, or half open. */
    SHUT,
    /** It has closed since. */
    RISING
  }

  private Ramp(CircuitBreaker breaker) {
    this.breaker = breaker;
  }

  /** The ramp of a breaker, whatever its state is now. */
  static Ramp of(CircuitBreaker breaker) {
    var ramp = new Ramp(breaker);
    breaker
        .getEventPublisher()
        .onStateTransition(event -> ramp.moved(event.getStateTransition().getToState()));
    ramp.moved(breaker.getState());
    return ramp;
  }

  boolean isOf(CircuitBreaker other) {
    return breaker == other;
  }

  private synchronized void moved(CircuitBreaker.State state) {
    follow(state);
    // two threads may tell of two changes in either order: the last word is the breaker's
    follow(breaker.getState());
  }

  private void follow(CircuitBreaker.State state) {
    Phase next =
        switch (state) {
          case OPEN, FORCED_OPEN, HALF_OPEN -> Phase.SHUT;
          case CLOSED -> phase == Phase.STEADY ? Phase.STEADY : Phase.RISING;
          case DISABLED, METRICS_ONLY -> Phase.STEADY;
        };
    if (next != phase) {
      phase = next;
      sinceNanos = now();
    }
  }

  /**
   * Lets a call in, which then has to {@link #leave}.
   *
   * @return when to come again; empty if it is in
   */
  synchronized Optional<Duration> enter() {
    if (isNarrow() && underWay >= width()) {
      return Optional.of(turn());
    }
    underWay++;
    return Optional.empty();
  }

  synchronized void leave() {
    underWay--;
  }

  private boolean isNarrow() {
    if (phase == Phase.RISING && width() == WIDTH_MAX) {
      phase = Phase.STEADY;
    }
    return switch (phase) {
      case STEADY -> false;
      // that it has closed is told a moment later
      case SHUT -> breaker.getState() == CircuitBreaker.State.CLOSED;
      case RISING -> true;
    };
  }

  /**
   * How long an attempt is postponed that the breaker does not admit. While it is open, as long as
   * it has been already: a short outage is over soon, and a long one is not asked after every
   * second by each saga that waits for it.
   */
  synchronized Duration retryAfter() {
    return phase == Phase.SHUT && breaker.getState() != CircuitBreaker.State.HALF_OPEN
        ? bounded(now() - sinceNanos)
        : turn();
  }

  /**
   * Until it is its turn, after those that were turned away before it in this second: as many a
   * second as there may be under way, and twice as many in each further one. If all came back after
   * a second, a great many would be claimed each second for the few that are let in.
   */
  private Duration turn() {
    long passed = now() - countedSinceNanos;
    if (passed < 0 || passed >= STEP.toNanos()) {
      countedSinceNanos = now();
      turnedAway = 0;
    }
    int steps = Integer.SIZE - Integer.numberOfLeadingZeros(turnedAway / width() + 1);
    turnedAway++;
    return bounded(STEP.toNanos() * steps);
  }

  private static Duration bounded(long nanos) {
    return Duration.ofNanos(
        Math.clamp(nanos, Resilience4jGuard.RETRY_AFTER.toNanos(), REST_MAX.toNanos()));
  }

  private int width() {
    int first = breaker.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState();
    long passed = phase == Phase.RISING ? now() - sinceNanos : 0;
    // the breaker's clock may have been put back
    int steps = Math.clamp(passed / STEP.toNanos(), 0, STEPS_MAX);
    return Math.min(WIDTH_MAX, Math.min(WIDTH_MAX, first) << steps);
  }

  private long now() {
    return breaker.getTimestampUnit().toNanos(breaker.getCurrentTimestamp());
  }
}
