package io.skald.store.jooq;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Short pauses between repeats of one transaction, with full jitter, doubling from 4 ms. */
final class Backoff {
  private static final long FIRST_MILLIS = 4;

  private Backoff() {}

  /**
   * Pauses.
   *
   * @param repeat which repeat is to follow, from 1
   * @return whether to go on: false if the thread was interrupted, which it still is
   */
  static boolean pause(int repeat) {
    long bound = FIRST_MILLIS << Math.min(repeat, 6);
    try {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(1, bound + 1));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
