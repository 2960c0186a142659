package io.skald.engine.runtime;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * One attempt that the limit of its guard has admitted: its permit is given back once the attempt
 * is over and its last call has returned, however late that is. A call that was given up at its
 * time limit may still be under way where it went. Safe for use by several threads.
 */
final class AdmittedAttempt implements AutoCloseable {
  private final @Nullable Returning returning;
  private int calls;
  private boolean made;
  private boolean over;

  /** Gives the permit back. */
  @FunctionalInterface
  interface Returning {
    /**
     * Gives it back.
     *
     * @param made whether a call was made
     */
    void giveBack(boolean made);
  }

  private AdmittedAttempt(@Nullable Returning returning) {
    this.returning = returning;
  }

  /** One that has a permit. */
  static AdmittedAttempt with(Returning returning) {
    return new AdmittedAttempt(returning);
  }

  /** One that needs none: its calls are nobody's concern. */
  static AdmittedAttempt unlimited() {
    return new AdmittedAttempt(null);
  }

  /** The call, counted as long as it takes. */
  <R> Callable<R> during(Callable<R> call) {
    Returning giving = returning;
    return giving == null ? call : () -> counted(call, giving);
  }

  private <R> R counted(Callable<R> call, Returning giving) throws Exception {
    begin();
    try {
      return call.call();
    } finally {
      end(giving);
    }
  }

  private synchronized void begin() {
    if (over) {
      // its thread was late to start; nobody waits for it, and its permit may be another's
      throw new IllegalStateException("the attempt was given up before it was begun");
    }
    calls++;
    made = true;
  }

  private void end(Returning giving) {
    if (isOverWithThisCall()) {
      // left behind by the time limit; it must not cut the connection to the store
      Thread.interrupted();
      giving.giveBack(true);
    }
  }

  private synchronized boolean isOverWithThisCall() {
    calls--;
    return over && calls == 0;
  }

  /** Ends the attempt. */
  @Override
  public void close() {
    boolean atRest;
    synchronized (this) {
      atRest = !over && calls == 0;
      over = true;
    }
    if (atRest && returning != null) {
      returning.giveBack(made);
    }
  }
}
