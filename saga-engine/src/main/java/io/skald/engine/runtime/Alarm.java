package io.skald.engine.runtime;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What the engine's loop sleeps on: it wakes at the poll interval, at a time somebody asked for, or
 * at once. Only a hint: whatever is due is found by the next poll as well. Safe for use by several
 * threads.
 */
final class Alarm {
  /** How many times it remembers; those that come later are left to the poll. */
  private static final int TIMES_MAX = 10_000;

  /** What is due later than that is left to the poll: 1 day. */
  private static final Duration DELAY_MAX = Duration.ofDays(1);

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Long> times = new PriorityQueue<>();
  private boolean rung;

  Alarm(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Wakes the loop at once. */
  void ring() {
    lock.lock();
    try {
      rung = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes the loop when {@code delay} has passed. */
  void ringAfter(Duration delay) {
    lock.lock();
    try {
      if (times.size() < TIMES_MAX) {
        times.add(
            nanoTime.getAsLong() + (delay.compareTo(DELAY_MAX) < 0 ? delay : DELAY_MAX).toNanos());
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sleeps until it rings, at most {@code max}.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  void await(Duration max) throws InterruptedException {
    long end = nanoTime.getAsLong() + max.toNanos();
    lock.lock();
    try {
      while (!rung) {
        long now = nanoTime.getAsLong();
        long next = times.isEmpty() ? end : Math.min(end, times.peek());
        if (next <= now) {
          break;
        }
        // answers how much is left; the loop looks at the clock itself
        long left = changed.awaitNanos(next - now);
        if (left <= 0) {
          break;
        }
      }
      rung = false;
      long now = nanoTime.getAsLong();
      while (!times.isEmpty() && times.peek() <= now) {
        times.remove();
      }
    } finally {
      lock.unlock();
    }
  }
}
