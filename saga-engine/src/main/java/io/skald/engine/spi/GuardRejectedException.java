package io.skald.engine.spi;

import java.time.Duration;

/** The guard did not admit the attempt: it was not made and does not count. */
public final class GuardRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;
  private final boolean isBusy;

  /**
   * A rejection by what stays closed for a while.
   *
   * @param message which guard, and why
   * @param retryAfter when another try makes sense; more than zero. The engine waits up to twice as
   *     long, by chance, so that what was turned away together does not come back together
   */
  public GuardRejectedException(String message, Duration retryAfter) {
    this(message, retryAfter, false);
  }

  private GuardRejectedException(String message, Duration retryAfter, boolean isBusy) {
    super(message);
    this.retryAfter = retryAfter;
    this.isBusy = isBusy;
  }

  /**
   * A rejection by what has no place now and may have one in a moment: the engine asks again and
   * again for a second if the attempt is urgent, and has no others made behind this guard
   * meanwhile.
   *
   * @param message which guard, and why
   * @param retryAfter as for others
   */
  public static GuardRejectedException busy(String message, Duration retryAfter) {
    return new GuardRejectedException(message, retryAfter, true);
  }

  /** Whether there may be a place in a moment. */
  public boolean isBusy() {
    return isBusy;
  }

  /** When another try makes sense. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
