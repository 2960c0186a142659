package io.skald.saga.step;

/**
 * The work of a local step that returns nothing. Must be safe for use by several threads.
 *
 * @param <I> the input of the step
 */
@FunctionalInterface
public interface LocalTask<I> {

  /**
   * Does the work.
   *
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if no attempt can succeed; any
   *     other exception follows the step's retry policy; each of them rolls the transaction back
   */
  void execute(I input, Tx tx) throws Exception;
}
