package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.skald.engine.guard.Resilience4jGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who passes a guard of one place first. */
class LanedGuardTest {
  private final CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
  private final RateLimiterRegistry rateLimiters = RateLimiterRegistry.ofDefaults();
  private final BulkheadRegistry bulkheads = BulkheadRegistry.ofDefaults();
  private final Bulkhead place =
      bulkheads.bulkhead("bank", BulkheadConfig.custom().maxConcurrentCalls(1).build());
  private final ManualSources sources = new ManualSources();
  private final LanedGuard guard =
      new LanedGuard(new Resilience4jGuard(breakers, bulkheads, rateLimiters), sources);
  private final List<String> calls = new ArrayList<>();

  private boolean call(String name, Lane lane) throws Exception {
    return guard.run(name, lane, () -> calls.add(lane + " " + name));
  }

  private void assertTurnedAway(Lane lane, String saying) {
    assertThatThrownBy(() -> call("bank", lane))
        .isInstanceOf(GuardRejectedException.class)
        .hasMessage(saying);
  }

  private Duration sinceThen(long then) {
    return Duration.ofNanos(sources.nanoTime() - then);
  }

  @Test
  void anOrdinaryAttemptIsTurnedAwayAtOnceWhereThereIsNoPlace() throws Exception {
    long begin = sources.nanoTime();
    assertThat(call("bank", Lane.ORDINARY)).isTrue();
    place.acquirePermission();
    assertTurnedAway(
        Lane.ORDINARY, "guard bank: Bulkhead 'bank' is full and does not permit further calls");

    assertThat(sinceThen(begin)).isZero();
    assertThat(calls).containsExactly("ORDINARY bank");
  }

  @Test
  void anUrgentOneHasTheNextPlaceThatIsFreeAndOthersAreTurnedAwayMeanwhile() throws Exception {
    place.acquirePermission();
    long begin = sources.nanoTime();
    sources.whileResting(
        () -> {
          assertTurnedAway(Lane.ORDINARY, "guard bank: an urgent attempt goes first");
          assertThat(call("mail", Lane.ORDINARY)).isTrue();
          if (calls.size() == 3) {
            place.onComplete();
          }
        });
    assertThat(call("bank", Lane.URGENT)).isTrue();

    assertThat(sinceThen(begin)).isEqualTo(LanedGuard.LOOK.multipliedBy(3));
    assertThat(calls).hasSize(4).last().isEqualTo("URGENT bank");
  }

  @Test
  void whoeverIsAdmittedTurnsNobodyAwayAnyMore() throws Exception {
    place.acquirePermission();
    sources.whileResting(place::onComplete);
    guard.run(
        "bank",
        Lane.URGENT,
        () -> {
          place.onComplete();
          return call("bank", Lane.ORDINARY);
        });

    assertThat(calls).containsExactly("ORDINARY bank");
  }

  @Test
  void anUrgentOneIsTurnedAwayAfterItsPatienceAndTheOthersComeAgain() throws Exception {
    place.acquirePermission();
    long begin = sources.nanoTime();
    assertTurnedAway(
        Lane.URGENT, "guard bank: Bulkhead 'bank' is full and does not permit further calls");
    assertThat(sinceThen(begin)).isEqualTo(LanedGuard.PATIENCE);

    place.onComplete();
    assertThat(call("bank", Lane.ORDINARY)).isTrue();
  }

  @Test
  void nobodyInsistsWhereABreakerIsOpen() {
    breakers.circuitBreaker("bank").transitionToOpenState();
    long begin = sources.nanoTime();
    assertTurnedAway(
        Lane.URGENT, "guard bank: CircuitBreaker 'bank' is OPEN and does not permit further calls");

    assertThat(sinceThen(begin)).isZero();
  }

  @Test
  void whoeverIsInterruptedWhileItInsistsWasNotAdmittedAndHoldsNobodyUp() throws Exception {
    var config =
        RateLimiterConfig.custom()
            .limitForPeriod(1)
            .limitRefreshPeriod(Duration.ofDays(1))
            .timeoutDuration(Duration.ZERO)
            .build();
    rateLimiters.rateLimiter("bank", config).acquirePermission();
    Thread.currentThread().interrupt();
    assertTurnedAway(Lane.URGENT, "guard bank: interrupted");
    assertThat(Thread.interrupted()).isTrue();

    rateLimiters.remove("bank");
    assertThat(call("bank", Lane.ORDINARY)).isTrue();
  }
}
