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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The application's own breakers, bulkheads and rate limiters around one attempt, by name: those of
 * a step's guard name that the registries hold at the time of the call, the rate limiter outermost,
 * then the breaker, then the bulkhead. When a breaker has closed again, calls are let through
 * little by little: as many at once as its half-open state allows, then twice as many with each
 * second. Retries are the engine's and durable; Resilience4j's are not used. Safe for use by
 * several threads.
 */
public final class Resilience4jGuard implements AttemptGuard {
  /**
   * How long an attempt that was not admitted is postponed: 1 s; while a breaker is open, as long
   * as it has been open already, up to 10 s. The engine makes that up to twice as long, by chance.
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
    Optional<CircuitBreaker> breaker = breakers.find(name);
    if (breaker.isEmpty()) {
      return guarded(name, attempt, call -> call, () -> RETRY_AFTER);
    }
    Ramp ramp = ramps.computeIfAbsent(name, of -> new Ramp());
    if (!ramp.enter(breaker.get())) {
      throw new GuardRejectedException(
          "guard %s: its breaker has closed a moment ago, and calls come back little by little"
              .formatted(name),
          Ramp.STEP);
    }
    try {
      return guarded(
          name,
          attempt,
          call -> CircuitBreaker.decorateCallable(breaker.get(), call),
          () -> ramp.retryAfter(breaker.get()));
    } finally {
      ramp.leave();
    }
  }

  private <R> R guarded(
      String name,
      Callable<R> attempt,
      UnaryOperator<Callable<R>> breaking,
      Supplier<Duration> retryAfter)
      throws Exception {
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
    guarded = breaking.apply(guarded);
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
      throw new GuardRejectedException(
          "guard %s: %s".formatted(name, e.getMessage()),
          e instanceof CallNotPermittedException ? retryAfter.get() : RETRY_AFTER);
    }
  }

  @Override
  public boolean knows(String name) {
    return breakers.find(name).isPresent()
        || bulkheads.find(name).isPresent()
        || rateLimiters.find(name).isPresent();
  }
}
