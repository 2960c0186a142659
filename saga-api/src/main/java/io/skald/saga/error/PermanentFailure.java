package io.skald.saga.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by user code to say that this attempt did not take effect and that no further attempt can
 * succeed: out of stock, card declined. The step fails at once, without a retry.
 *
 * <p>Throw it from a remote action only if the participant <em>answered</em> that nothing happened.
 * A timeout is never permanent: nobody knows what the participant did.
 */
public class PermanentFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A permanent failure.
   *
   * @param reason why, for logs and people; must hold no secret
   */
  public PermanentFailure(String reason) {
    super(reason);
  }

  /**
   * A permanent failure with its cause.
   *
   * @param reason why, for logs and people; must hold no secret
   * @param cause what led to it
   */
  public PermanentFailure(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }
}
