package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryTest {
  private static final double JUST_BELOW_ONE = Math.nextDown(1.0);

  @ParameterizedTest(name = "after attempt {0}: {1}")
  @CsvSource({
    "1, PT0.1S",
    "2, PT0.2S",
    "3, PT0.4S",
    "4, PT0.8S",
    "5, PT1.6S",
    "8, PT12.8S",
    "9, PT15S",
    "10, PT15S",
    "63, PT15S",
    "64, PT15S",
    "65, PT15S",
    "1000000, PT15S",
    "2147483647, PT15S"
  })
  void doublesTheDelayUpToTheLongest(int attempt, Duration half) {
    assertThat(Retry.ACTION.delayAfter(attempt, 0)).isEqualTo(half);
  }

  @Test
  void takesAtMostHalfOfTheDelayAway() {
    var random = new Random(20260301);
    for (int attempt = 1; attempt <= 2_000; attempt++) {
      Duration full = Retry.PERSISTENT.delayAfter(attempt, 0).multipliedBy(2);
      Duration delay = Retry.PERSISTENT.delayAfter(attempt, random.nextDouble());

      assertThat(delay).isBetween(full.dividedBy(2), full);
    }
    assertThat(Retry.ACTION.delayAfter(1, 0)).isEqualTo(Duration.ofMillis(100));
    assertThat(Retry.ACTION.delayAfter(1, 0.5)).isEqualTo(Duration.ofMillis(150));
    assertThat(Retry.ACTION.delayAfter(1, JUST_BELOW_ONE))
        .isBetween(Duration.ofMillis(199), Duration.ofMillis(200));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 30, 62, 63, 64, 1_000_000, Integer.MAX_VALUE})
  void staysWithinBoundsForTheLongestDelaysThereAre(int attempt) {
    Retry slow = Retry.exponential(Retry.DELAY_LIMIT).delayMax(Retry.DELAY_LIMIT);
    Retry unbounded = Retry.exponential(Duration.ofNanos(1));

    assertThat(slow.delayAfter(attempt, JUST_BELOW_ONE))
        .isBetween(Retry.DELAY_LIMIT.dividedBy(2), Retry.DELAY_LIMIT);
    assertThat(unbounded.delayAfter(attempt, JUST_BELOW_ONE))
        .isBetween(Duration.ZERO, Retry.DELAY_LIMIT);
  }

  @Test
  void cutsAFirstDelayToTheLongestOne() {
    Retry policy = Retry.exponential(Duration.ofSeconds(9)).delayMax(Duration.ofSeconds(2));

    assertThat(policy.delayAfter(1, 0)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void raisesTheLongestDelayOfThePlaceToTheFirstDelayAskedFor() {
    Retry policy = Retry.exponential(Duration.ofMinutes(5)).orElse(Retry.ACTION);

    assertThat(policy.delayAfter(1, 0)).isEqualTo(Duration.ofSeconds(150));
    assertThat(policy.delayAfter(2, 0)).isEqualTo(Duration.ofSeconds(150));
  }

  @ParameterizedTest(name = "{0} spent: {1}")
  @CsvSource({"0, false", "2, false", "3, true", "4, true"})
  void isSpentWhenAllAttemptsAreMade(int spent, boolean isSpent) {
    assertThat(Retry.defaults().attemptsMax(3).isSpentAfter(spent)).isEqualTo(isSpent);
  }

  @Test
  void isNeverSpentWhenUnlimitedOrUnset() {
    assertThat(Retry.never().attemptsUnlimited().isSpentAfter(Integer.MAX_VALUE - 1)).isFalse();
    assertThat(Retry.defaults().isSpentAfter(Integer.MAX_VALUE)).isFalse();
    assertThat(Retry.never().isSpentAfter(1)).isTrue();
  }

  @Test
  void replacesEarlierValuesAndKeepsTheOthers() {
    Retry policy =
        Retry.exponential(Duration.ofSeconds(1))
            .attemptsMax(2)
            .delayMax(Duration.ofSeconds(8))
            .attemptsUnlimited()
            .attemptsMax(7);

    assertThat(policy.attemptsMax()).hasValue(7);
    assertThat(policy.attemptsUnlimited().attemptsMax()).isEqualTo(OptionalInt.empty());
    assertThat(policy)
        .isEqualTo(
            Retry.exponential(Duration.ofSeconds(1)).delayMax(Duration.ofSeconds(8)).attemptsMax(7))
        .hasSameHashCodeAs(
            Retry.exponential(Duration.ofSeconds(1)).delayMax(Duration.ofSeconds(8)).attemptsMax(7))
        .isNotEqualTo(Retry.never());
    assertThat(policy).hasToString("Retry[first=PT1S, attemptsMax=7, delayMax=PT8S]");
    assertThat(Retry.defaults())
        .hasToString("Retry[first=default, attemptsMax=default, delayMax=default]");
  }

  /** The table of defaults, row by row. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "COMPENSATABLE, 5, PT0.2S, PT30S",
    "PIVOT, 5, PT0.2S, PT30S",
    "RETRIABLE, , PT0.2S, PT1M"
  })
  void fillsInTheDefaultsOfAnActionsPlace(
      Position position, @Nullable Integer attempts, Duration first, Duration longest) {
    for (Step<?, ?> step : new Step<?, ?>[] {Fixtures.local("a"), Fixtures.remote("a")}) {
      assertPolicy(PlacedStep.of(step.plan(), position).actionRetry(), attempts, first, longest);
    }
  }

  @Test
  void fillsInTheDefaultsOfACompensation() {
    var local = Fixtures.compensated("a");
    var remote = Fixtures.remote("a").compensation((in, done, call) -> {});
    var ifUnknown = Fixtures.remote("a").compensationIfUnknown((in, done, call) -> {});
    Duration first = Duration.ofMillis(200);
    Duration longest = Duration.ofMinutes(1);

    for (Position position : Position.values()) {
      for (Step<?, ?> step : new Step<?, ?>[] {local, remote, ifUnknown}) {
        Retry policy = PlacedStep.of(step.plan(), position).compensationRetry();
        assertPolicy(policy, null, first, longest);
      }
    }
  }

  @Test
  void leavesWhatWasAskedForAlone() {
    Retry asked = Retry.exponential(Duration.ofSeconds(3)).attemptsMax(9);
    var step =
        Fixtures.remote("a")
            .retry(asked)
            .compensation((in, done, call) -> {})
            .compensationRetry(asked.delayMax(Duration.ofSeconds(4)));
    var placed = PlacedStep.of(step.plan(), Position.COMPENSATABLE);

    assertPolicy(placed.actionRetry(), 9, Duration.ofSeconds(3), Duration.ofSeconds(30));
    assertPolicy(placed.compensationRetry(), 9, Duration.ofSeconds(3), Duration.ofSeconds(4));
  }

  @Test
  void leavesWhatWasAskedForOfACompensationIfUnknownAlone() {
    Retry asked = Retry.exponential(Duration.ofSeconds(2)).attemptsMax(7);
    var step =
        Fixtures.remote("a")
            .compensationIfUnknown((in, done, call) -> {})
            .compensationRetry(asked)
            .compensationTimeout(Duration.ofSeconds(40))
            .compensationPermanent(IllegalStateException.class);

    assertPolicy(
        PlacedStep.of(step.plan(), Position.PIVOT).compensationRetry(),
        7,
        Duration.ofSeconds(2),
        Duration.ofMinutes(1));
    assertThat(step.plan().action().attempts()).isEqualTo(Attempts.defaults());
    assertThat(step.plan().compensation())
        .isInstanceOfSatisfying(
            CompensationPlan.Remote.class,
            plan -> {
              assertThat(plan.when()).isEqualTo(CompensationPlan.When.UNKNOWN_ONLY);
              assertThat(plan.attempts())
                  .isEqualTo(
                      new Attempts(
                          Duration.ofSeconds(40), asked, Set.of(IllegalStateException.class)));
            });
  }

  @Test
  void givesEveryAttemptTenSecondsUnlessToldOtherwise() {
    var step = Fixtures.remote("a").compensation((in, done, call) -> {});

    assertThat(step.plan().action().attempts()).isEqualTo(Attempts.defaults());
    assertThat(Attempts.defaults().timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(Attempts.TIMEOUT_LIMIT).isEqualTo(Duration.ofHours(24));
  }

  private static void assertPolicy(
      Retry policy, @Nullable Integer attempts, Duration first, Duration longest) {
    assertThat(policy.attemptsMax())
        .isEqualTo(attempts == null ? OptionalInt.empty() : OptionalInt.of(attempts));
    assertThat(policy.delayAfter(1, 0).multipliedBy(2)).isEqualTo(first);
    assertThat(policy.delayAfter(1_000, 0).multipliedBy(2)).isEqualTo(longest);
  }
}
