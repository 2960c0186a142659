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
   * @throws IllegalSagaStateException if there is no such saga: it was started in a caller's
   *     transaction that has not committed or was rolled back, or its retention is over; or if it
   *     completed and was erased
   * @throws io.skald.saga.error.SagaDataException if its result cannot be read as the definition's
   *     type
   */
  SagaEnd<O> await(Duration max) throws InterruptedException, TimeoutException;

  /**
   * The saga's end as a future. It completes with {@code Completed}, {@code Compensated} or {@code
   * Resolved}; a stuck saga does not complete it until an operator has moved it. Functions that
   * depend on it run on a thread of the engine unless they are given an executor, and must not wait
   * there. Of a saga that completed and was erased it fails with {@link IllegalSagaStateException}.
   *
   * @throws IllegalSagaStateException if there is no such saga, as for {@link #await}
   */
  CompletionStage<SagaEnd<O>> end();
}
