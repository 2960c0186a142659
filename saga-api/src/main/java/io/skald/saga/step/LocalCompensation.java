package io.skald.saga.step;

/**
 * Compensates a local step that succeeded, inside one database transaction. Must be safe for use by
 * several threads.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface LocalCompensation<I, R> {

  /**
   * Compensates the action.
   *
   * @param result what the action returned
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if no attempt can succeed: the
   *     saga is stuck; any other exception follows the compensation's retry policy; each of them
   *     rolls the transaction back
   */
  void compensate(I input, R result, Tx tx) throws Exception;
}
