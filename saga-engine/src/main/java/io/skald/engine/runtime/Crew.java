package io.skald.engine.runtime;

import java.time.Duration;

/**
 * Attempts of one saga that run beside each other. Formed by the thread that runs the saga, which
 * alone calls it.
 */
public interface Crew {

  /** Runs {@code attempt} beside the others; it throws nothing. Throws if there is no thread. */
  void begin(Runnable attempt);

  /**
   * Waits until one that was begun, and for which was not waited yet, has ended.
   *
   * @param max how long at most
   * @return false if none has ended in time
   * @throws InterruptedException if the thread was interrupted meanwhile
   */
  boolean awaitOne(Duration max) throws InterruptedException;

  /** Forms crews. Safe for use by several threads. */
  @FunctionalInterface
  interface Crews {

    /** A crew without anybody. */
    Crew form();
  }
}
