package io.skald.engine.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.skald.engine.spi.GuardRejectedException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The real breaker, on a clock of the test's own. */
class Resilience4jGuardTest {
  private static final String BANK = "bank";
  private static final Duration OPEN = Duration.ofSeconds(30);
  private static final Duration OVER = OPEN.plusMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualClock clock = new ManualClock();
  private final CircuitBreakerRegistry breakers =
      CircuitBreakerRegistry.of(
          CircuitBreakerConfig.custom()
              .slidingWindowSize(4)
              .minimumNumberOfCalls(4)
              .waitDurationInOpenState(OPEN)
              .permittedNumberOfCallsInHalfOpenState(2)
              .clock(clock)
              .currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS)
              .build());
  private final CircuitBreaker breaker = breakers.circuitBreaker(BANK);
  private final Resilience4jGuard guard =
      new Resilience4jGuard(
          breakers, BulkheadRegistry.ofDefaults(), RateLimiterRegistry.ofDefaults());

  /** Time that passes when a test says so. */
  private static final class ManualClock extends Clock {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    void pass(Duration duration) {
      now.updateAndGet(at -> at.plus(duration));
    }

    @Override
    public Instant instant() {
      return now.get();
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private void breakDown() {
    while (breaker.getState() == CircuitBreaker.State.CLOSED) {
      assertThatThrownBy(
              () ->
                  guard.run(
                      BANK,
                      () -> {
                        throw new IOException("down");
                      }))
          .isInstanceOf(IOException.class);
    }
    assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  /** Has so many calls made at once; answers how many of them were let through. */
  private int admitted(int callers) throws Exception {
    return admitted(guard, callers);
  }

  private static int admitted(Resilience4jGuard guard, int callers) throws Exception {
    var admitted = new AtomicInteger();
    var decided = new CountDownLatch(callers);
    var release = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        all.add(threads.submit(() -> call(guard, admitted, decided, release)));
      }
      assertThat(decided.await(10, TimeUnit.SECONDS)).isTrue();
      release.countDown();
      for (Future<?> one : all) {
        var unused = one.get(10, TimeUnit.SECONDS);
      }
    }
    return admitted.get();
  }

  private static Void call(
      Resilience4jGuard guard,
      AtomicInteger admitted,
      CountDownLatch decided,
      CountDownLatch release)
      throws Exception {
    try {
      guard.run(
          BANK,
          () -> {
            admitted.incrementAndGet();
            decided.countDown();
            return release.await(10, TimeUnit.SECONDS);
          });
    } catch (GuardRejectedException e) {
      decided.countDown();
    }
    return null;
  }

  /** Does something while so many calls are under way. */
  private void beside(int calls, Runnable action) throws Exception {
    var release = new CountDownLatch(1);
    var begun = new CountDownLatch(calls);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < calls; i++) {
        var unused =
            threads.submit(
                () ->
                    guard.run(
                        BANK,
                        () -> {
                          begun.countDown();
                          return release.await(10, TimeUnit.SECONDS);
                        }));
      }
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      action.run();
      release.countDown();
    }
  }

  private List<Duration> restsOf(int callers) {
    return Stream.generate(this::retryAfter).limit(callers).toList();
  }

  private Duration retryAfter() {
    return retryAfter(guard);
  }

  private static Duration retryAfter(Resilience4jGuard guard) {
    GuardRejectedException rejected =
        catchThrowableOfType(GuardRejectedException.class, () -> guard.run(BANK, () -> "made"));
    return rejected.retryAfter();
  }

  @Test
  void letsEverythingThroughWhileTheBreakerWasNeverOpen() throws Exception {
    assertThat(admitted(500)).isEqualTo(500);
  }

  @Test
  void callsGrowStepByStepOnceTheBreakerHasClosed() throws Exception {
    breakDown();
    assertThat(admitted(50)).as("while it is open").isZero();
    clock.pass(OVER);
    assertThat(admitted(50)).as("half open").isEqualTo(2);
    assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);

    for (int step = 0; step < 6; step++) {
      int width = 2 << step;
      assertThat(admitted(500)).as("in second %d", step).isEqualTo(width);
      assertThat(admitted(500)).as("in second %d, once these have ended", step).isEqualTo(width);
      clock.pass(SECOND);
    }
    clock.pass(SECOND.multipliedBy(4));
    assertThat(admitted(2_000)).as("in the end").isEqualTo(2_000);
  }

  @Test
  void aBreakerThatOpensAgainBeginsAnew() throws Exception {
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(50)).isEqualTo(2);
    assertThat(admitted(50)).isEqualTo(2);
    clock.pass(SECOND.multipliedBy(5));
    assertThat(admitted(50)).isEqualTo(50);
    breakDown();
    assertThat(admitted(50)).isZero();
    clock.pass(OVER);

    assertThat(admitted(50)).isEqualTo(2);
    assertThat(admitted(50)).isEqualTo(2);
    clock.pass(SECOND);
    assertThat(admitted(50)).isEqualTo(4);
  }

  @Test
  void callsThatAreStillUnderWayFromBeforeCountAsWell() throws Exception {
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(2)).isEqualTo(2);
    var release = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> slow =
          threads.submit(
              () ->
                  guard.run(
                      BANK,
                      () -> {
                        begun.countDown();
                        return release.await(10, TimeUnit.SECONDS);
                      }));
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(admitted(50)).isEqualTo(1);
      release.countDown();
      assertThat(slow.get(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(admitted(50)).isEqualTo(2);
  }

  @Test
  void whoIsTurnedAwayComesBackTheLaterTheLongerTheBreakerHasBeenOpen() {
    breakDown();
    assertThat(retryAfter()).isEqualTo(SECOND);
    clock.pass(SECOND.multipliedBy(4));
    assertThat(retryAfter()).isEqualTo(SECOND.multipliedBy(4));
    clock.pass(SECOND.multipliedBy(20));
    assertThat(retryAfter()).isEqualTo(SECOND.multipliedBy(10));
  }

  @Test
  void whatComesLongAfterTheBreakerHasClosedIsNotTurnedAway() throws Exception {
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(2)).isEqualTo(2);
    clock.pass(Duration.ofHours(1));

    assertThat(admitted(64)).isEqualTo(64);
  }

  @Test
  void aBreakerThatIsClosedByHandAndOpensLaterHasBeenOpenSinceThenOnly() {
    breakDown();
    assertThat(retryAfter()).isEqualTo(SECOND);
    breaker.transitionToClosedState();
    clock.pass(Duration.ofHours(1));
    breaker.transitionToOpenState();

    assertThat(retryAfter()).isEqualTo(SECOND);
  }

  @Test
  void aBreakerThatOthersOpenAndCloseOnItsWayBackBeginsAnew() throws Exception {
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(2)).isEqualTo(2);
    clock.pass(SECOND.multipliedBy(5));
    breaker.transitionToOpenState();
    breaker.transitionToClosedState();

    assertThat(admitted(50)).isEqualTo(2);
  }

  /** Two threads may each tell of a change, and the one that made the first be the second to. */
  @Test
  void aChangeThatIsToldAfterALaterOneIsNotTheLastWord() throws Exception {
    breaker
        .getEventPublisher()
        .onStateTransition(
            event -> {
              if (event.getStateTransition().getToState() == CircuitBreaker.State.HALF_OPEN) {
                breaker.transitionToClosedState();
              }
            });
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(1)).isEqualTo(1);
    clock.pass(Duration.ofHours(1));

    assertThat(admitted(64)).isEqualTo(64);
  }

  @Test
  void aBreakerInPlaceOfAnotherHasAWayBackOfItsOwn() throws Exception {
    breakDown();
    breakers.replace(BANK, CircuitBreaker.of(BANK, breaker.getCircuitBreakerConfig()));

    assertThat(admitted(50)).isEqualTo(50);
  }

  /** All after a second, a great many sagas would be claimed each second for the few let in. */
  @Test
  void thoseTurnedAwayOnTheWayBackComeAsManyASecondAsThereMayBeUnderWay() throws Exception {
    breakDown();
    clock.pass(OVER);
    beside(
        2,
        () ->
            assertThat(restsOf(7))
                .extracting(Duration::toSeconds)
                .containsExactly(1L, 1L, 2L, 2L, 2L, 2L, 3L));
    assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
    clock.pass(SECOND);
    beside(
        4,
        () ->
            assertThat(restsOf(5_000))
                .extracting(Duration::toSeconds)
                .startsWith(1L, 1L, 1L, 1L, 2L)
                .endsWith(10L));
    clock.pass(SECOND);
    beside(8, () -> assertThat(restsOf(1)).containsExactly(SECOND));
  }

  @Test
  void aClockThatIsPutBackLeavesTheWayBackAsItIs() throws Exception {
    breakDown();
    clock.pass(OVER);
    assertThat(admitted(2)).isEqualTo(2);
    clock.pass(Duration.ofHours(-1));

    assertThat(admitted(50)).isEqualTo(2);
  }

  @Test
  void whoWaitsForTheRateLimiterIsNotLetInBeforehand() throws Exception {
    RateLimiterRegistry limiters =
        RateLimiterRegistry.of(
            RateLimiterConfig.custom()
                .limitForPeriod(4)
                .limitRefreshPeriod(Duration.ofSeconds(2))
                .timeoutDuration(Duration.ofSeconds(10))
                .build());
    var limited = new Resilience4jGuard(breakers, BulkheadRegistry.ofDefaults(), limiters);
    RateLimiter limiter = limiters.rateLimiter(BANK);
    assertThat(limited.run(BANK, () -> "made")).isEqualTo("made");
    assertThat(limiter.acquirePermission(3)).isTrue();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> admitted = threads.submit(() -> admitted(limited, 3));
      while (limiter.getMetrics().getNumberOfWaitingThreads() < 3) {
        Thread.onSpinWait();
      }
      breaker.transitionToOpenState();
      breaker.transitionToClosedState();

      assertThat(admitted.get(20, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  @Test
  void whoIsPastTheRateComesBackInASecondAndIsNotTheBreakersConcern() throws Exception {
    RateLimiterRegistry limiters =
        RateLimiterRegistry.of(
            RateLimiterConfig.custom()
                .limitForPeriod(1)
                .limitRefreshPeriod(Duration.ofHours(1))
                .timeoutDuration(Duration.ZERO)
                .build());
    limiters.rateLimiter(BANK);
    var limited = new Resilience4jGuard(breakers, BulkheadRegistry.ofDefaults(), limiters);

    assertThat(limited.run(BANK, () -> "made")).isEqualTo("made");
    assertThat(retryAfter(limited)).isEqualTo(SECOND);
    assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isEqualTo(1);
  }

  @Test
  void whoFindsTheBulkheadFullComesBackInASecondAndTakesNoPlaceOnTheWayBack() throws Exception {
    BulkheadRegistry bulkheads =
        BulkheadRegistry.of(BulkheadConfig.custom().maxConcurrentCalls(1).build());
    Bulkhead bulkhead = bulkheads.bulkhead(BANK);
    var narrow = new Resilience4jGuard(breakers, bulkheads, RateLimiterRegistry.ofDefaults());
    assertThat(narrow.run(BANK, () -> "made")).isEqualTo("made");
    breaker.transitionToOpenState();
    breaker.transitionToClosedState();

    bulkhead.acquirePermission();
    assertThat(retryAfter(narrow)).isEqualTo(SECOND);
    assertThat(retryAfter(narrow)).isEqualTo(SECOND);
    bulkhead.releasePermission();
    assertThat(narrow.run(BANK, () -> "made")).isEqualTo("made");
  }

  @Test
  void whoIsInterruptedAtTheBulkheadWasNotAdmittedAndHasNotFailed() {
    BulkheadRegistry bulkheads =
        BulkheadRegistry.of(BulkheadConfig.custom().maxConcurrentCalls(1).build());
    bulkheads.bulkhead(BANK).acquirePermission();
    var narrow = new Resilience4jGuard(breakers, bulkheads, RateLimiterRegistry.ofDefaults());
    Thread.currentThread().interrupt();

    assertThat(retryAfter(narrow)).isEqualTo(SECOND);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isZero();
  }

  /** Or whoever finds it full would open the breaker, and keep it open on the way back. */
  @Test
  void aFullBulkheadIsNoFailureOfTheBreaker() {
    BulkheadRegistry bulkheads =
        BulkheadRegistry.of(BulkheadConfig.custom().maxConcurrentCalls(1).build());
    bulkheads.bulkhead(BANK).acquirePermission();
    var narrow = new Resilience4jGuard(breakers, bulkheads, RateLimiterRegistry.ofDefaults());
    for (int i = 0; i < 10; i++) {
      assertThat(retryAfter(narrow)).isEqualTo(SECOND);
    }

    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isZero();
    assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void whatAnAttemptMeetsItselfIsItsOwnFailure() {
    CircuitBreaker other = CircuitBreaker.ofDefaults("other");
    other.transitionToOpenState();

    assertThatThrownBy(
            () -> guard.run(BANK, () -> CircuitBreaker.decorateCallable(other, () -> "").call()))
        .isInstanceOf(CallNotPermittedException.class);
  }
}
