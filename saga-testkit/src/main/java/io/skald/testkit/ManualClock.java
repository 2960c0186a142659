package io.skald.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is told to go on. Safe for use by several threads. */
public final class ManualClock implements InstantSource {
  private final AtomicReference<Instant> now;

  /** A clock that stands at {@code start}. */
  public ManualClock(Instant start) {
    this.now = new AtomicReference<>(start);
  }

  /** A clock that stands at the beginning of 2030. */
  public static ManualClock standing() {
    return new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  /**
   * Goes on.
   *
   * @param duration how far; not negative
   * @throws IllegalArgumentException if {@code duration} is negative
   */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("duration: " + duration + " (expected: >= 0)");
    }
    now.updateAndGet(before -> before.plus(duration));
  }
}
