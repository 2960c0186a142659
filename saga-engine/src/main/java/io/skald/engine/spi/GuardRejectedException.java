package io.skald.engine.spi;

import java.time.Duration;

/** The guard did not admit the attempt: it was not made and does not count. */
public final class GuardRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  /**
   * A rejection.
   *
   * @param message which guard, and why
   * @param retryAfter when another try makes sense; more than zero. The engine waits up to twice as
   *     long, by chance, so that what was turned away together does not come back together
   */
  public GuardRejectedException(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** When another try makes sense. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
