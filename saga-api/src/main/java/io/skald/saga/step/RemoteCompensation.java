package io.skald.saga.step;

import java.util.Optional;

/**
 * Compensates a remote step that succeeded or may have taken effect. Must be idempotent, and must
 * stop an action that arrives later. Must be safe for use by several threads.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@FunctionalInterface
public interface RemoteCompensation<I, R> {

  /**
   * Compensates the action that was called with {@link CompensationCall#actionKey}.
   *
   * @param result what the action returned; empty if its outcome is unknown
   * @throws Exception {@link io.skald.saga.error.PermanentFailure} if no attempt can succeed: the
   *     saga is stuck; any other exception follows the compensation's retry policy
   */
  void compensate(I input, Optional<R> result, CompensationCall call) throws Exception;
}
