package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long an attempt rests that was not made. */
class AnswerTest {
  @Test
  void whatIsTurnedAwayRestsUpToTwiceAsLongAsItWasTold() {
    Duration told = Duration.ofSeconds(10);
    assertThat(Answer.NotAdmitted.spread(told, 0).retryAfter()).isEqualTo(told);
    assertThat(Answer.NotAdmitted.spread(told, 0.5).retryAfter()).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void whatIsTurnedAwayForEverRestsForAYearAtLeast() {
    Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(Answer.NotAdmitted.spread(ever, 0.999).retryAfter())
        .isBetween(Duration.ofDays(365), Duration.ofDays(730));
  }
}
