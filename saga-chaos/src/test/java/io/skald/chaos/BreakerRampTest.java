package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.skald.engine.SagaEngine;
import io.skald.engine.guard.Resilience4jGuard;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The fault: a dependency behind a breaker is down while a great many sagas want it. */
class BreakerRampTest {
  private static final int SAGAS = 400;
  private static final int HALF_OPEN = 2;
  private static final Duration CALL = Duration.ofMillis(20);

  private final Bench bench = Bench.open();
  private final CircuitBreakerRegistry breakers =
      CircuitBreakerRegistry.of(
          CircuitBreakerConfig.custom()
              .slidingWindowSize(10)
              .minimumNumberOfCalls(10)
              .waitDurationInOpenState(Duration.ofMillis(500))
              .permittedNumberOfCallsInHalfOpenState(HALF_OPEN)
              .build());
  private final CircuitBreaker breaker = breakers.circuitBreaker("dependency");
  private final AtomicInteger calling = new AtomicInteger();
  private final Queue<Arrival> arrivals = new ConcurrentLinkedQueue<>();
  private volatile boolean down = true;
  private volatile long closedAt;

  /** When a call came, and how many were there then, it included. */
  private record Arrival(long nanos, int calling) {}

  private final SagaDefinition<Integer, Done> saga =
      Saga.define("dependent", Integer.class)
          .key(number -> "dependent-" + number)
          .step(
              Step.named("call", Integer.class)
                  .remote((number, call) -> arrive(call))
                  .retry(
                      Retry.exponential(Duration.ofMillis(500))
                          .delayMax(Duration.ofSeconds(2))
                          .attemptsUnlimited())
                  .guard("dependency")
                  .needsNoCompensation())
          .build();

  @AfterEach
  void close() {
    bench.close();
  }

  private void arrive(Call call) throws IOException {
    int there = calling.incrementAndGet();
    arrivals.add(new Arrival(System.nanoTime(), there));
    try {
      LockSupport.parkNanos(CALL.toNanos());
      if (down) {
        throw new IOException("down: attempt " + call.attempt());
      }
    } finally {
      calling.decrementAndGet();
    }
  }

  @Test
  void callsGrowStepByStepOnceADependencyIsBackAndNoAttemptIsBurned(TestReporter report) {
    breaker
        .getEventPublisher()
        .onStateTransition(
            event -> {
              if (event.getStateTransition().getToState() == CircuitBreaker.State.CLOSED) {
                closedAt = System.nanoTime();
              }
            });
    var guard =
        new Resilience4jGuard(
            breakers, BulkheadRegistry.ofDefaults(), RateLimiterRegistry.ofDefaults());
    SagaEngine engine = bench.built(builder -> builder.guard(guard), saga);
    engine.open();
    IntStream.range(0, SAGAS)
        .forEach(
            number -> {
              var unused = engine.start(saga, number);
            });
    Bench.await("all of them wait")
        .until(
            () -> bench.count("select count(*) from %s.saga where wake_at is not null") == SAGAS);
    assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
    int failed = arrivals.size();

    down = false;
    bench.awaitRest();

    report.publishEntry(
        "calls", "%d while it was down, %d in all".formatted(failed, arrivals.size()));
    assertThat(bench.completed()).isEqualTo(SAGAS);
    assertThat(bench.count("select sum(attempt) from %s.saga_log"))
        .as("attempts that are counted, and calls that were made")
        .isEqualTo(arrivals.size());
    assertThat(arrivals)
        .filteredOn(arrival -> closedAt != 0 && arrival.nanos() > closedAt)
        .hasSizeGreaterThan(SAGAS / 2)
        .allSatisfy(
            arrival ->
                assertThat(arrival.calling())
                    .as("calls at once %d ms after the breaker closed", millisSinceClosed(arrival))
                    .isLessThanOrEqualTo(HALF_OPEN << seconds(arrival)));
  }

  private long millisSinceClosed(Arrival arrival) {
    return TimeUnit.NANOSECONDS.toMillis(arrival.nanos() - closedAt);
  }

  /** A little is added, for whoever was let in just before and came only now. */
  private int seconds(Arrival arrival) {
    return (int) ((millisSinceClosed(arrival) + 100) / 1_000);
  }
}
