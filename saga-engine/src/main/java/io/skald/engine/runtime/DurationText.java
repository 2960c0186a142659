package io.skald.engine.runtime;

import java.time.Duration;

/** A duration as people say it, for log lines. */
final class DurationText {
  private DurationText() {}

  /** The two largest units of a duration: {@code 1.5 s}, {@code 3 h 20 min}. */
  static String of(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return duration.toMillis() + " ms";
    }
    if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
      long tenths = duration.toMillis() / 100;
      return tenths % 10 == 0 ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
    }
    if (duration.compareTo(Duration.ofHours(1)) < 0) {
      return inUnits(duration.toMinutes(), "min", duration.toSecondsPart(), "s");
    }
    return duration.compareTo(Duration.ofDays(1)) < 0
        ? inUnits(duration.toHours(), "h", duration.toMinutesPart(), "min")
        : inUnits(duration.toDays(), "d", duration.toHoursPart(), "h");
  }

  private static String inUnits(long large, String largeUnit, int small, String smallUnit) {
    String whole = large + " " + largeUnit;
    return small == 0 ? whole : whole + " " + small + " " + smallUnit;
  }
}
