package io.skald.store.jooq;

import io.skald.saga.internal.Check;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Purges an inbox, a barrier or dead letters again and again, on a daemon thread of its own, until
 * it is closed. What fails is logged, and tried again the next time: a plain executor would never
 * run it again. Safe for use by several threads.
 *
 * <pre>{@code
 * PurgeTimer timer = PurgeTimer.every(Duration.ofMinutes(10), "inbox", inbox::purge);
 * }</pre>
 */
public final class PurgeTimer implements AutoCloseable {
  private static final Duration INTERVAL_MAX = Duration.ofDays(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String name;
  private final LongSupplier purge;
  private final ScheduledExecutorService thread;

  private PurgeTimer(String name, LongSupplier purge) {
    this.name = name;
    this.purge = purge;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("skald-purge-" + name).factory());
  }

  /**
   * Purges for the first time after one interval. One for each node does no harm.
   *
   * @param interval the pause between two purges; more than zero, at most 24 h
   * @param name what is purged, for the log: 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @param purge purges once, and says how many rows it has deleted
   * @throws IllegalArgumentException if {@code interval} or {@code name} is out of bounds
   */
  public static PurgeTimer every(Duration interval, String name, LongSupplier purge) {
    long nanos = Check.between("interval", interval, INTERVAL_MAX).toNanos();
    var timer = new PurgeTimer(Check.name("name", name), Objects.requireNonNull(purge, "purge"));
    var unused =
        timer.thread.scheduleWithFixedDelay(timer::run, nanos, nanos, TimeUnit.NANOSECONDS);
    return timer;
  }

  private void run() {
    try {
      long unused = purge.getAsLong();
    } catch (RuntimeException | Error e) {
      StoreLog.notPurged(name, e);
    }
  }

  /** Purges no more; waits 5 s at most for the batch that is under way. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      boolean unused = thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
