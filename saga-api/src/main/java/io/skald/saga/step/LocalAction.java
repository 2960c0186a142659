package io.skald.saga.step;

/**
 * The work of a local step: runs inside one database transaction and happens exactly once. Must be
 * safe for use by several threads.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface LocalAction<I, R> {

  /**
   * Does the work.
   *
   * @return the result, recorded in the same transaction; not null
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if no attempt can succeed; any
   *     other exception follows the step's retry policy; each of them rolls the transaction back
   */
  R execute(I input, Tx tx) throws Exception;
}
