package io.skald.saga.step;

/**
 * The work of a remote step that returns nothing. Must be safe for use by several threads.
 *
 * @param <I> the input of the step
 */
@FunctionalInterface
public interface RemoteTask<I> {

  /**
   * Calls the participant, with {@link Call#idempotencyKey}.
   *
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if nothing happened and nothing
   *     can; any other exception leaves the outcome unknown and follows the step's retry policy
   */
  void execute(I input, Call call) throws Exception;
}
