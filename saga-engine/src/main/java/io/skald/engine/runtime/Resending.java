package io.skald.engine.runtime;

import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.function.Supplier;

/** Settles a write in doubt by sending it again: under the same id it counts once. */
final class Resending {
  private static final int TRIES_MAX = 3;
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Resending() {}

  /**
   * Sends a write, and again, with a pause, while the store fails and may not fail for good.
   *
   * @return what the store answered
   * @throws SagaStoreException if it failed three times, or for good, or the thread was interrupted
   *     while it paused; the write may have been made
   */
  static <R> R send(Sources sources, Supplier<R> write) {
    for (int tries = 1; ; tries++) {
      try {
        return write.get();
      } catch (SagaStoreException e) {
        boolean isLast = tries == TRIES_MAX || e.kind() == SagaStoreException.Kind.PERMANENT;
        if (isLast || !paused(sources)) {
          throw e;
        }
      }
    }
  }

  private static boolean paused(Sources sources) {
    try {
      sources.pause(PAUSE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
