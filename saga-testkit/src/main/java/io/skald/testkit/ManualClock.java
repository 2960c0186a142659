package io.skald.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told to go on. Safe for use by several threads. */
public final class ManualClock implements InstantSource {
  private Instant now;

  /** A clock that stands at {@code start}. */
  public ManualClock(Instant start) {
    this.now = start;
  }

  /** A clock that stands at the beginning of 2030. */
  public static ManualClock standing() {
    return new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  /**
   * Goes on.
   *
   * @param duration how far; not negative
   * @throws IllegalArgumentException if {@code duration} is negative
   */
  public synchronized void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("duration: " + duration + " (expected: >= 0)");
    }
    now = now.plus(duration);
  }
}
