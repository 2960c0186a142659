package io.skald.engine.runtime;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * When it is looked who waits at one limit, so that nobody who was queued waits for a poll. One
 * look to come is enough: if it is too soon for some, another one follows it. Safe for use by
 * several threads.
 */
final class LimitLooks {
  /** By then whoever was queued has been parked, and can be woken: 50 ms. */
  static final Duration AFTER_MIN = Duration.ofMillis(50);

  private final Sources sources;
  private final Consumer<Duration> alarm;
  private final AtomicLong next = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong last = new AtomicLong(Long.MIN_VALUE);

  /**
   * The looks at one limit.
   *
   * @param sources the time
   * @param alarm has the loop look after a while
   */
  LimitLooks(Sources sources, Consumer<Duration> alarm) {
    this.sources = sources;
    this.alarm = alarm;
  }

  /** Has a look made after the delay, or {@link #AFTER_MIN} if that is longer. */
  void after(Duration delay) {
    Duration bounded = delay.compareTo(AFTER_MIN) < 0 ? AFTER_MIN : delay;
    long at = sources.nanoTime() + bounded.toNanos();
    last.accumulateAndGet(at, Math::max);
    if (at < next.getAndAccumulate(at, Math::min)) {
      alarm.accept(bounded);
    }
  }

  /** A look is made now: who was queued since it was asked for is looked at by another one. */
  void made() {
    long now = sources.nanoTime();
    if (next.get() <= now) {
      next.set(Long.MAX_VALUE);
      long latest = last.get();
      if (latest > now) {
        after(Duration.ofNanos(latest - now));
      }
    }
  }
}
