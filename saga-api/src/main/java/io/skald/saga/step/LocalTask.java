package io.skald.saga.step;

/**
 * The work of a local step that returns nothing.
 *
 * @param <I> the input of the step
 */
@FunctionalInterface
public interface LocalTask<I> {

  /**
   * Does the work.
   *
   * @throws Exception any exception rolls the transaction back and follows the step's retry policy
   */
  void execute(I input, Tx tx) throws Exception;
}
