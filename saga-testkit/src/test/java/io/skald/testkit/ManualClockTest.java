package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  private final ManualClock clock = new ManualClock(Instant.EPOCH);

  @Test
  void standsStillUntilItIsToldToGoOn() {
    assertThat(clock.instant()).isEqualTo(Instant.EPOCH).isEqualTo(clock.instant());
    clock.advance(Duration.ofMillis(1500));
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(1500));
    clock.advance(Duration.ZERO);
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(1500));
  }

  @Test
  void neverGoesBack() {
    assertThatThrownBy(() -> clock.advance(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("duration: PT-0.001S (expected: >= 0)");
    assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
  }
}
