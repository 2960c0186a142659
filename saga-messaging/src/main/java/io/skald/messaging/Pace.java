package io.skald.messaging;

import java.time.Duration;

/**
 * When a relay looks for messages: soon after it found some or was told of some, and then less and
 * less often, down to its poll interval. Confined to one thread.
 */
final class Pace {
  /** How long it waits at least between two looks: 5 ms. */
  static final Duration LOOK_MIN = Duration.ofMillis(5);

  private final Duration intervalMax;
  private Duration interval = LOOK_MIN;
  private long last;
  private long next;

  Pace(Duration intervalMax, long now) {
    this.intervalMax = intervalMax;
    this.last = now - LOOK_MIN.toNanos();
    this.next = now;
  }

  boolean isDue(long now) {
    return now - next >= 0;
  }

  Duration untilDue(long now) {
    return Duration.ofNanos(next - now);
  }

  /** It looks now; the next time is the poll's, unless something is found. */
  void looks(long now) {
    last = now;
    next = now + intervalMax.toNanos();
  }

  void found() {
    interval = LOOK_MIN;
    next = last + interval.toNanos();
  }

  void foundNothing() {
    Duration twice = interval.multipliedBy(2);
    interval = twice.compareTo(intervalMax) < 0 ? twice : intervalMax;
    next = last + interval.toNanos();
  }

  /** There may be something since, or in a moment. */
  void hurry() {
    interval = LOOK_MIN;
    long soon = last + interval.toNanos();
    if (soon - next < 0) {
      next = soon;
    }
  }
}
