package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real nodes, a real server and a participant, broken in every way there is for a minute. {@code
 * -Dskald.chaos.seed=…} repeats the faults and the sagas of a run, as far as real processes allow;
 * {@code -Dskald.chaos.seconds=…} makes it longer.
 */
class ChaosRunTest {
  private static final int SAGAS_MIN = 100;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path logs;

  @Test
  @Timeout(1200)
  void nothingIsLostOrDoneTwiceWhateverBreaks(TestReporter reporter) throws Exception {
    ChaosOptions defaults = ChaosOptions.defaults();
    ChaosOptions options =
        defaults
            .withSeed(Long.getLong("skald.chaos.seed", defaults.seed()))
            .withDuration(
                Duration.ofSeconds(
                    Long.getLong("skald.chaos.seconds", defaults.duration().toSeconds())))
            .withLogs(logs);
    reporter.publishEntry("chaos", "seed " + options.seed());

    ChaosResult result = new ChaosRun(options).run();

    String report = new ChaosReport(options, result).markdown();
    reporter.publishEntry("chaos", report);
    assertThat(result.violations()).as(report).isEmpty();
    assertThat(result.neverStruck()).as("faults that never struck").isEmpty();
    assertThat(result.sagas("COMPLETED"))
        .as("a run that completes little proves little")
        .isGreaterThan(SAGAS_MIN);
    assertThat(result.sagas("COMPENSATED"))
        .as("a run that compensates little proves little")
        .isGreaterThan(SAGAS_MIN / 10);
  }
}
