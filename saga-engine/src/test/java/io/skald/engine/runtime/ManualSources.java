package io.skald.engine.runtime;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes when a test says so, and identities in order. Safe for several threads. */
final class ManualSources implements Sources {
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
  private final AtomicLong ids = new AtomicLong();
  private volatile Meanwhile meanwhile = () -> {};

  /** What happens while somebody rests. */
  @FunctionalInterface
  interface Meanwhile {
    void happen() throws Exception;
  }

  void pass(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }

  /** Has this happen at the end of each pause. */
  void whileResting(Meanwhile happening) {
    meanwhile = happening;
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public double random() {
    return 0.5;
  }

  @Override
  public UUID newId() {
    return new UUID(7, ids.incrementAndGet());
  }

  @Override
  public void pause(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    pass(duration);
    try {
      meanwhile.happen();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
