package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.OutboxStore;
import java.time.Duration;

/**
 * Deletes messages that were sent long enough ago, a batch at a time, and rests after each for four
 * times as long as it took. Confined to one thread.
 */
final class SentPurge implements Runnable {
  private static final int BATCH = 1_000;
  private static final int REST = 4;

  private final OutboxStore store;
  private final Duration retention;
  private final Sources sources;

  SentPurge(OutboxStore store, Duration retention, Sources sources) {
    this.store = store;
    this.retention = retention;
    this.sources = sources;
  }

  /** One turn: until what comes next is too young, or the thread is interrupted. */
  @Override
  public void run() {
    try {
      long after = 0;
      while (after < Long.MAX_VALUE) {
        long begin = sources.nanoTime();
        after = store.purge(retention, after, BATCH);
        sources.pause(Duration.ofNanos(sources.nanoTime() - begin).multipliedBy(REST));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
