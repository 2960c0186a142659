package io.skald.engine.guard;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The application's own breakers, bulkheads and rate limiters around one attempt, by name: those of
 * a step's guard name that the registries hold at the time of the call, the rate limiter outermost,
 * then the breaker, then the bulkhead. Retries are the engine's and durable; Resilience4j's are not
 * used. Safe for use by several threads.
 */
public final class Resilience4jGuard implements AttemptGuard {
  /** How long an attempt that was not admitted is postponed: 1 s. */
  public static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final CircuitBreakerRegistry breakers;
  private final BulkheadRegistry bulkheads;
  private final RateLimiterRegistry rateLimiters;

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
    var admitted = new AtomicBoolean();
    Callable<R> guarded =
        () -> {
          admitted.set(true);
          return attempt.call();
        };
    var bulkhead = bulkheads.find(name);
    if (bulkhead.isPresent()) {
      guarded = Bulkhead.decorateCallable(bulkhead.get(), guarded);
    }
    var breaker = breakers.find(name);
    if (breaker.isPresent()) {
      guarded = CircuitBreaker.decorateCallable(breaker.get(), guarded);
    }
    try {
      var rateLimiter = rateLimiters.find(name);
      if (rateLimiter.isPresent() && !rateLimiter.get().acquirePermission()) {
        throw RequestNotPermitted.createRequestNotPermitted(rateLimiter.get());
      }
      return guarded.call();
    } catch (CallNotPermittedException | BulkheadFullException | RequestNotPermitted e) {
      if (admitted.get()) {
        // the attempt itself met a guard of the application's: that is its own failure
        throw e;
      }
      throw new GuardRejectedException("guard %s: %s".formatted(name, e.getMessage()), RETRY_AFTER);
    }
  }

  @Override
  public boolean knows(String name) {
    return breakers.find(name).isPresent()
        || bulkheads.find(name).isPresent()
        || rateLimiters.find(name).isPresent();
  }
}
