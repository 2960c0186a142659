package io.skald.engine.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 10, 11, 19, 20, 50, 99, 333, 10_000})
  void noStretchOfTheTimeHasMoreTurnsThanTheNumberAndNextToAllAreUsed(int attemptsMax) {
    for (Duration per : new Duration[] {SECOND, Duration.ofSeconds(7), Duration.ofDays(1)}) {
      var rate = new Limit.Rate("mail", attemptsMax, per);

      assertThat(rate.interval().multipliedBy(attemptsMax)).isGreaterThanOrEqualTo(per);
      assertThat(per.toNanos() / rate.interval().toNanos())
          .isGreaterThanOrEqualTo(attemptsMax * 99L / 100);
    }
  }

  @Test
  void numbersNamesAndTimesOutOfBoundsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.concurrent("bank", 0))
        .withMessage("limit bank: attemptsMax: 0 (expected: 1 to 1000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.rate("bank", 10_001, SECOND))
        .withMessage("limit bank: attemptsMax: 10001 (expected: 1 to 10000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.rate("bank", 1, Duration.ofMillis(9)))
        .withMessage("limit bank: per: PT0.009S (expected: PT0.01S to PT24H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.concurrent("a\u0000b", 1))
        .withMessage("limit: \"a?b\" (expected: 1 to 100 characters of [a-zA-Z0-9._-])");
  }
}
