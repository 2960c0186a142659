package io.skald.saga.step;

/**
 * The work of a remote step: runs outside any transaction and is called at least once; at most once
 * with {@link RemoteStep#atMostOnce}. Must be safe for use by several threads.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface RemoteAction<I, R> {

  /**
   * Calls the participant, with {@link Call#idempotencyKey}.
   *
   * @return the result; not null
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if nothing happened and nothing
   *     can; any other exception leaves the outcome unknown and follows the step's retry policy
   */
  R execute(I input, Call call) throws Exception;
}
