package io.skald.saga;

import io.skald.saga.error.IllegalSagaStateException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * A started saga, to be awaited. Safe for use by several threads; a handle that is dropped costs
 * nothing.
 *
 * @param <O> the saga's result
 */
public interface SagaHandle<O> {

  /** The saga's identity, which survives any restart. */
  SagaId id();

  /**
   * Waits until the saga has ended or needs a human.
   *
   * @param max how long to wait at most, more than zero
   * @return {@code Completed}, {@code Compensated}, {@code Resolved}, or {@code Stuck}
   * @throws IllegalArgumentException if {@code max} is not more than zero
   * @throws TimeoutException if the saga is still going after {@code max}; it goes on regardless
   * @throws InterruptedException if the waiting thread was interrupted; the saga goes on regardless
   * @throws IllegalSagaStateException if the saga was started in a caller's transaction that has
   *     not committed
   */
  SagaEnd<O> await(Duration max) throws InterruptedException, TimeoutException;

  /**
   * The saga's end as a future. It completes with {@code Completed}, {@code Compensated} or {@code
   * Resolved}; a stuck saga does not complete it until an operator has moved it.
   */
  CompletionStage<SagaEnd<O>> end();
}
