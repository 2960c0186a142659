package io.skald.spring;

import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what is old, every ten minutes, on a daemon thread of its own until it is closed. */
final class Purging implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Purging.class);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String what;
  private final LongSupplier purge;
  private final ScheduledExecutorService thread;

  private Purging(String what, LongSupplier purge) {
    this.what = what;
    this.purge = purge;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("skald-purge-" + what).factory());
  }

  /** Begins after one interval. */
  static Purging of(String what, LongSupplier purge) {
    var purging = new Purging(what, purge);
    var unused =
        purging.thread.scheduleWithFixedDelay(
            purging::run, INTERVAL.toMinutes(), INTERVAL.toMinutes(), TimeUnit.MINUTES);
    return purging;
  }

  /** One that throws would never be run again. */
  private void run() {
    try {
      long unused = purge.getAsLong();
    } catch (SagaStoreException e) {
      LOG.warn("cannot purge the {}; tried again in {}", what, INTERVAL, e);
    } catch (RuntimeException e) {
      LOG.error("a fault in the purge of the {}; tried again in {}", what, INTERVAL, e);
    }
  }

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
