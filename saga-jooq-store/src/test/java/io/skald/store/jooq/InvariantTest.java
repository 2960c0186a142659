package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class InvariantTest {
  private static final Invariant INVARIANT =
      Invariant.of(ReconciliationFixture.PLACE_ORDER, "paid", " select 1 as business_key\n");

  @Test
  void isCheckedEveryFiveMinutesUnlessItSaysSomethingElse() {
    assertThat(INVARIANT)
        .isEqualTo(
            new Invariant(
                "paid",
                "place-order",
                "select 1 as business_key",
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                1_000));
    assertThat(
            INVARIANT
                .withTimeout(Duration.ofSeconds(1))
                .withInterval(Duration.ofSeconds(2))
                .withViolationsMax(3))
        .returns(Duration.ofSeconds(1), Invariant::timeout)
        .returns(Duration.ofSeconds(2), Invariant::interval)
        .returns(3, Invariant::violationsMax);
  }

  @Test
  void refusesWhatIsOutOfBounds() {
    refused("invariant paid: interval", () -> INVARIANT.withInterval(Duration.ofSeconds(29)));
    refused("invariant paid: interval", () -> INVARIANT.withInterval(Duration.ofDays(2)));
    refused("invariant paid: timeout", () -> INVARIANT.withTimeout(Duration.ZERO));
    refused("invariant paid: violationsMax: 0", () -> INVARIANT.withViolationsMax(0));
    refused("invariant paid: violationsMax: 10001", () -> INVARIANT.withViolationsMax(10_001));
    refused("invariant: \"a b\"", () -> of("a b", "select 1"));
    refused("invariant paid: query: 0 characters", () -> of("paid", " \n"));
    refused("invariant paid: query: 100001 characters", () -> of("paid", "x".repeat(100_001)));
    refused("invariant paid: query: ends with a semicolon", () -> of("paid", "select 1; "));
  }

  private static Invariant of(String name, String query) {
    return Invariant.of(ReconciliationFixture.PLACE_ORDER, name, query);
  }

  private static void refused(String message, Runnable made) {
    assertThatThrownBy(made::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
