package io.skald.engine.spi;

import java.util.concurrent.Callable;

/** A guard around one remote attempt: breaker, bulkhead, rate limiter. */
public interface AttemptGuard {

  /**
   * Makes the attempt, if the guards of that name admit it, on the calling thread and without
   * waiting for admission.
   *
   * @param name the guard's name in the definition
   * @throws GuardRejectedException if it was not admitted; the attempt was not made
   * @throws Exception whatever the attempt throws
   */
  <R> R run(String name, Callable<R> attempt) throws Exception;

  /**
   * Whether there is a guard of that name.
   *
   * @param name the guard's name in the definition
   */
  boolean knows(String name);
}
