package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final AtomicLong nanos = new AtomicLong(7);
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final Progress progress =
      new Progress(new PrintStream(output, true, StandardCharsets.US_ASCII), nanos::get);

  @Test
  void theClockOfTheCountsBeginsWithTheFirstOrder() {
    nanos.addAndGet(Duration.ofSeconds(20).toNanos());
    progress.header();
    nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    progress.counts(1_100, new Counts(2, 1_000, 98, 0));

    assertThat(output.toString(StandardCharsets.US_ASCII).lines())
        .containsExactly(
            "",
            "  time   placed   in flight   shipped   compensated",
            "  1:01    1,100           2     1,000            98");
    assertThat(progress.elapsed()).isEqualTo(Duration.ofSeconds(81));
  }
}
