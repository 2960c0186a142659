package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fault: a great many sagas fail at once while more new ones are started than there is room
 * for. With room kept for them they are compensated in a bounded time; without they may wait until
 * the flood is over.
 *
 * <p>{@code -Dskald.storm=full} takes 10,000 sagas; a build takes fewer.
 */
class LaneStormTest {
  private static final Logger LOG = LoggerFactory.getLogger(LaneStormTest.class);
  private static final boolean FULL = "full".equals(System.getProperty("skald.storm"));
  private static final int SAGAS = FULL ? 10_000 : 1_000;

  /** A hundred a second at least, and a while for a machine that has other things to do. */
  private static final Duration BOUND = Duration.ofSeconds(30).plusMillis(10L * SAGAS);

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void whatFailsIsCompensatedInABoundedTimeThoughNewSagasFillTheRoom() throws Exception {
    LaneStorm.Figures with;
    LaneStorm.Figures without;
    try (var storm = new LaneStorm(SAGAS, 0.25)) {
      with = storm.run(BOUND);
      assertThat(storm.isAllCompensatedAtRest()).isTrue();
    }
    try (var storm = new LaneStorm(SAGAS, 0)) {
      without = storm.run(with.time());
      assertThat(storm.isAllCompensatedAtRest()).isTrue();
    }
    LOG.info("{} sagas, with lanes: {}", SAGAS, with);
    LOG.info("{} sagas, without, for as long: {}", SAGAS, without);

    assertThat(with.left()).as("not compensated within %s: %s", BOUND, with).isZero();
    assertThat(without.left()).as("without lanes: %s", without).isGreaterThan(SAGAS / 2L);
  }
}
