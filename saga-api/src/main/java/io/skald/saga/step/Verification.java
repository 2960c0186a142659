package io.skald.saga.step;

import io.skald.saga.Outcome;

/**
 * Finds out whether an attempt that ended unanswered took effect. Must be safe for use by several
 * threads.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface Verification<I, R> {

  /**
   * Asks the participant what became of the request with {@link Call#idempotencyKey}.
   *
   * @return what is known; {@code unknown} lets the action be called again with the same key
   * @throws Exception any exception counts as {@code unknown}
   */
  Outcome<R> verify(I input, Call call) throws Exception;
}
