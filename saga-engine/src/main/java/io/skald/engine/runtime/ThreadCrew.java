package io.skald.engine.runtime;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A crew of virtual threads. */
final class ThreadCrew implements Crew {
  private final Semaphore ended = new Semaphore(0);

  @Override
  public void begin(Runnable attempt) {
    Thread.ofVirtual().name(Thread.currentThread().getName()).start(() -> run(attempt));
  }

  private void run(Runnable attempt) {
    try {
      attempt.run();
    } finally {
      ended.release();
    }
  }

  @Override
  public boolean awaitOne(Duration max) throws InterruptedException {
    return ended.tryAcquire(max.toNanos(), TimeUnit.NANOSECONDS);
  }
}
