package io.skald.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.SplittableRandom;

/**
 * What a run is asked for.
 *
 * @param seed draws the faults, the sagas and the participant's moods; default a new one
 * @param duration how long there are faults; the first faults of each kind are waited for; default
 *     60 s
 * @param startsPerSecond how many sagas are started in a second while all nodes are up; default 12
 * @param report where the report goes; default {@code target/chaos/report.md}
 * @param logs the folder of what the nodes say, of which the latest 64 MB are kept; default {@code
 *     target/chaos}
 */
record ChaosOptions(long seed, Duration duration, double startsPerSecond, Path report, Path logs) {
  static final String USAGE =
      """
      options:
        --seed N        the seed of an earlier run (a new one)
        --minutes N     how long there are faults (1)
        --seconds N     the same in seconds (60)
        --rate N        sagas started in a second (12)
        --report FILE   where the report goes (target/chaos/report.md)
        --logs FOLDER   where the nodes' output goes (target/chaos)
      """;

  private static final Path FOLDER = Path.of("target", "chaos");

  static ChaosOptions defaults() {
    return new ChaosOptions(
        new SplittableRandom().nextInt(1_000_000),
        Duration.ofSeconds(60),
        12,
        FOLDER.resolve("report.md"),
        FOLDER);
  }

  /**
   * The options of a command line.
   *
   * @throws IllegalArgumentException if it holds something else
   */
  static ChaosOptions parse(String[] args) {
    ChaosOptions options = defaults();
    Iterator<String> words = Arrays.asList(args).iterator();
    while (words.hasNext()) {
      String option = words.next();
      if (!words.hasNext()) {
        throw new IllegalArgumentException(option + ": nothing follows");
      }
      options = options.with(option, words.next());
    }
    return options;
  }

  private ChaosOptions with(String option, String value) {
    return switch (option) {
      case "--seed" -> withSeed(Long.parseLong(value));
      case "--minutes" -> withDuration(Duration.ofMinutes(Long.parseLong(value)));
      case "--seconds" -> withDuration(Duration.ofSeconds(Long.parseLong(value)));
      case "--rate" -> new ChaosOptions(seed, duration, Double.parseDouble(value), report, logs);
      case "--report" -> new ChaosOptions(seed, duration, startsPerSecond, Path.of(value), logs);
      case "--logs" -> withLogs(Path.of(value));
      default -> throw new IllegalArgumentException(option + ": there is no such option");
    };
  }

  ChaosOptions withSeed(long other) {
    return new ChaosOptions(other, duration, startsPerSecond, report, logs);
  }

  ChaosOptions withDuration(Duration other) {
    return new ChaosOptions(seed, other, startsPerSecond, report, logs);
  }

  ChaosOptions withLogs(Path folder) {
    return new ChaosOptions(seed, duration, startsPerSecond, report, folder);
  }
}
