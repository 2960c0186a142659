package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.2S, 200 ms",
    "PT1S, 1 s",
    "PT1.56S, 1.5 s",
    "PT1M, 1 min",
    "PT2M5.9S, 2 min 5 s",
    "PT3H20M, 3 h 20 min",
    "P400DT1H, 400 d 1 h"
  })
  void showsDurationsAsPeopleSayThem(Duration duration, String text) {
    assertThat(DurationText.of(duration)).isEqualTo(text);
  }
}
