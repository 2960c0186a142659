package io.skald.engine.guard;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.exception.AcquirePermissionCancelledException;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The application's own breakers, bulkheads and rate limiters around one attempt, by name: those of
 * a step's guard name that the registries hold at the time of the call, the rate limiter outermost,
 * then the bulkhead, then the breaker. When a breaker has closed again, calls are let through
 * little by little: as many at once as its half-open state allows, then twice as many with each
 * second. Retries are the engine's and durable; Resilience4j's are not used. Safe for use by
 * several threads.
 */
public final class Resilience4jGuard implements AttemptGuard {
  /**
   * How long an attempt that was not admitted is postponed at least: 1 s. While a breaker is open
   * it is as long as that has been open already, and on its way back the longer the more are turned
   * away; up to 10 s in both. The engine makes that up to twice as long, by chance.
   */
  public static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final CircuitBreakerRegistry breakers;
  private final BulkheadRegistry bulkheads;
  private final RateLimiterRegistry rateLimiters;
  private final Map<String, Ramp> ramps = new ConcurrentHashMap<>();

  /** A guard over these registries; give an empty one for what is not used. */
  @SuppressWarnings("exports") // whoever builds one has Resilience4j at hand
  public Resilience4jGuard(
      CircuitBreakerRegistry breakers,
      BulkheadRegistry bulkheads,
      RateLimiterRegistry rateLimiters) {
    this.breakers = breakers;
    this.bulkheads = bulkheads;
    this.rateLimiters = rateLimiters;
  }

  @Override
  public <R> R run(String name, Callable<R> attempt) throws Exception {
    // first: who waits there is not to have been let in by anybody else before
    awaitRate(name);
    Optional<Bulkhead> bulkhead = bulkheads.find(name);
    if (bulkhead.isEmpty()) {
      return onTheWayBack(name, attempt);
    }
    enter(name, bulkhead.get());
    try {
      return onTheWayBack(name, attempt);
    } finally {
      bulkhead.get().onComplete();
    }
  }

  /** Outside the breaker, which would take a full bulkhead for a failure of the participant. */
  private static void enter(String name, Bulkhead bulkhead) throws GuardRejectedException {
    try {
      bulkhead.acquirePermission();
    } catch (BulkheadFullException e) {
      throw GuardRejectedException.busy(saying(name, e), RETRY_AFTER);
    } catch (AcquirePermissionCancelledException e) {
      // the thread is to end: the attempt was not made, so it has not failed
      throw new GuardRejectedException(saying(name, e), RETRY_AFTER);
    }
  }

  private <R> R onTheWayBack(String name, Callable<R> attempt) throws Exception {
    Optional<CircuitBreaker> breaker = breakers.find(name);
    if (breaker.isEmpty()) {
      return attempt.call();
    }
    Ramp ramp = rampOf(name, breaker.get());
    Optional<Duration> later = ramp.enter();
    if (later.isPresent()) {
      throw new GuardRejectedException(
          "guard %s: its breaker has closed a moment ago, and calls come back little by little"
              .formatted(name),
          later.get());
    }
    try {
      return admitted(name, attempt, breaker.get(), ramp);
    } finally {
      ramp.leave();
    }
  }

  private void awaitRate(String name) throws GuardRejectedException {
    var rateLimiter = rateLimiters.find(name);
    if (rateLimiter.isPresent() && !rateLimiter.get().acquirePermission()) {
      var rejected = RequestNotPermitted.createRequestNotPermitted(rateLimiter.get());
      throw GuardRejectedException.busy(saying(name, rejected), RETRY_AFTER);
    }
  }

  /** A registry may have been given another breaker of that name. */
  private Ramp rampOf(String name, CircuitBreaker breaker) {
    Ramp there = ramps.get(name);
    return there != null && there.isOf(breaker)
        ? there
        : ramps.compute(
            name, (of, ramp) -> ramp != null && ramp.isOf(breaker) ? ramp : Ramp.of(breaker));
  }

  private static String saying(String name, Exception rejection) {
    return "guard %s: %s".formatted(name, rejection.getMessage());
  }

  private static <R> R admitted(String name, Callable<R> attempt, CircuitBreaker breaker, Ramp ramp)
      throws Exception {
    var admitted = new AtomicBoolean();
    Callable<R> noted =
        () -> {
          admitted.set(true);
          return attempt.call();
        };
    try {
      return CircuitBreaker.decorateCallable(breaker, noted).call();
    } catch (CallNotPermittedException e) {
      if (admitted.get()) {
        // the attempt itself met a breaker of the application's: that is its own failure
        throw e;
      }
      throw new GuardRejectedException(saying(name, e), ramp.retryAfter());
    }
  }

  @Override
  public boolean knows(String name) {
    return breakers.find(name).isPresent()
        || bulkheads.find(name).isPresent()
        || rateLimiters.find(name).isPresent();
  }
}
