package io.skald.store.jooq;

import io.skald.engine.spi.LocalOutcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The words for attempts that ran out of time or hid an error. */
final class Limits {
  private static final Duration LONGEST = Duration.ofDays(10_000);

  private Limits() {}

  /** The limit in nanoseconds, within what a monotonic clock can add. */
  static long nanos(Duration limit) {
    return limit.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : Math.max(0, limit.toNanos());
  }

  static LocalOutcome exceeded(Duration limit, @Nullable Throwable failure) {
    TimeoutException timeout =
        new TimeoutException("The step did not end within " + limit + "; it was rolled back");
    if (failure != null) {
      timeout.initCause(failure);
    }
    return new LocalOutcome.RolledBack(timeout);
  }

  static IllegalStateException swallowed(SQLException error) {
    return new IllegalStateException(
        "The step caught an SQL error and went on, but PostgreSQL had aborted its transaction:"
            + " let the error through, or use a savepoint around the statement that may fail",
        error);
  }
}
