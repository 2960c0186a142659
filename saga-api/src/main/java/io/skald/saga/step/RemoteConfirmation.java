package io.skald.saga.step;

/**
 * Confirms the try of a TCC step. Called at least once, after the try succeeded and the saga has
 * passed its point of no return; must do nothing more when it is called again.
 *
 * @param <I> the input of the step
 * @param <R> the result of the try
 */
@FunctionalInterface
public interface RemoteConfirmation<I, R> {

  /**
   * Confirms.
   *
   * @param result the result of the try
   * @param call the attempt, with the key of the try and one of its own
   * @throws io.skald.saga.error.PermanentFailure it cannot be confirmed: the saga is stuck
   * @throws Exception it is made again
   */
  void confirm(I input, R result, ConfirmationCall call) throws Exception;
}
