package io.skald.saga.step;

/**
 * An action that hands work out and does not wait for it: to a person, a queue, a partner who calls
 * back. Whoever does the work completes the step with the token.
 *
 * @param <I> the input of the step
 */
@FunctionalInterface
public interface AsyncAction<I> {

  /**
   * Hands the work out.
   *
   * @param call the attempt; its token is the same for each attempt
   * @throws io.skald.saga.error.PermanentFailure nothing was handed out, and nothing can be
   * @throws Exception it may have been handed out: it is tried again with the same keys
   */
  void handOut(I input, AsyncCall call) throws Exception;
}
