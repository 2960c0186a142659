package io.skald.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * A time in which a process did not get the processor, though nobody had stopped it: what is late
 * then says nothing of the engine.
 */
record Standstill(Instant from, Instant to) {
  /** What a node calls it, with how many milliseconds it was. */
  static final String NEWS = "stood-still";

  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration LATE = Duration.ofMillis(300);

  static Standstill until(Instant end, long millis) {
    return new Standstill(end.minusMillis(millis), end);
  }

  boolean overlaps(Instant begin, Instant end) {
    return !from.isAfter(end) && !to.isBefore(begin);
  }

  /** Tells of each one of this process, for ever. */
  static void watch(LongConsumer listener) {
    long last = System.nanoTime();
    while (true) {
      LockSupport.parkNanos(TICK.toNanos());
      long now = System.nanoTime();
      if (now - last > LATE.toNanos()) {
        listener.accept(Duration.ofNanos(now - last).toMillis());
      }
      last = now;
    }
  }
}
