package io.skald.engine.machine;

import io.skald.saga.view.LogStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of an attempt that ended.
 *
 * @param status the status of the log row
 * @param retryAfter how long until the next attempt; null unless the status is {@code RETRYING}, or
 *     until the wait is over, {@code WAITING}
 */
public record Verdict(LogStatus status, @Nullable Duration retryAfter, @Nullable String decision) {
  /** Checks that there is a delay exactly where there is a next attempt. */
  public Verdict {
    boolean waits = status == LogStatus.RETRYING || status == LogStatus.WAITING;
    if (waits != (retryAfter != null)) {
      throw new IllegalArgumentException("retryAfter: " + retryAfter + " with " + status);
    }
  }

  /** A verdict that decides nothing beyond its status. */
  public Verdict(LogStatus status, @Nullable Duration retryAfter) {
    this(status, retryAfter, null);
  }

  /** Whether the attempts are spent, and the definition says to go on with another result. */
  public boolean isGoingOn() {
    return Entry.GO_ON.equals(decision);
  }

  static Verdict last(LogStatus status) {
    return new Verdict(status, null);
  }
}
