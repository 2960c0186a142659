package io.skald.engine.runtime;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;

/** Runs a remote attempt within its time limit. */
public interface TimeLimit {

  /**
   * Runs {@code attempt}; when the limit passes it is interrupted and given up.
   *
   * @param place which attempt of which step it is, or which one is verified
   * @param limit how long to wait at most
   * @param attempt the attempt
   * @param late run if the attempt, once given up, returns after all
   * @throws TimeoutException if it was given up
   * @throws Throwable whatever the attempt throws
   */
  <R> R within(Place place, Duration limit, Callable<R> attempt, Runnable late) throws Throwable;
}
