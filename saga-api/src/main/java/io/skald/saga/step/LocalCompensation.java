package io.skald.saga.step;

/**
 * Compensates a local step that succeeded, inside one database transaction.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface LocalCompensation<I, R> {

  /**
   * Compensates the action.
   *
   * @throws Exception any exception rolls the transaction back and follows the compensation's retry
   *     policy
   */
  void compensate(I input, R result, Tx tx) throws Exception;
}
