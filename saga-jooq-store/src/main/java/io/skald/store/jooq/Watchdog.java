package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The time limits of local steps: one shared daemon thread that cancels the running query when the
 * limit has passed and, if that was in vain, aborts the connection. No thread is interrupted: an
 * interrupt inside JDBC closes the socket while a commit goes on.
 */
final class Watchdog {
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final ScheduledThreadPoolExecutor clock;

  Watchdog() {
    clock =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("skald-step-limits").factory());
    clock.setRemoveOnCancelPolicy(true);
    // no thread stays behind a store that runs nothing
    clock.setKeepAliveTime(10, TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
  }

  /** Begins to watch. The caller must stop the watch before the connection goes to anybody else. */
  Watch watch(Connection connection, long nanos) {
    Watch watch = new Watch(connection);
    watch.arm(nanos);
    return watch;
  }

  /** One attempt under a limit. */
  final class Watch {
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Future<?> next;
    private boolean stopped;
    private boolean fired;

    private Watch(Connection connection) {
      this.connection = connection;
    }

    /**
     * Ends the watch. Waits for a cancel that is being sent, so that it cannot hit the connection's
     * next user.
     *
     * @return whether the limit had passed
     */
    boolean stop() {
      lock.lock();
      try {
        stopped = true;
        if (next != null) {
          next.cancel(false);
        }
        return fired;
      } finally {
        lock.unlock();
      }
    }

    private void arm(long nanos) {
      lock.lock();
      try {
        // a thread of its own for each cancel: a dead network must not hold up the other limits
        Runnable act = () -> Thread.ofVirtual().name("skald-step-limit").start(this::act);
        next = clock.schedule(act, nanos, TimeUnit.NANOSECONDS);
      } finally {
        lock.unlock();
      }
    }

    private void act() {
      lock.lock();
      try {
        if (stopped) {
          return;
        }
        if (fired) {
          connection.abort(Runnable::run);
        } else {
          fired = true;
          arm(GRACE.toNanos());
          connection.unwrap(PGConnection.class).cancelQuery();
        }
      } catch (SQLException | RuntimeException e) {
        StoreLog.cancelFailed(e);
      } finally {
        lock.unlock();
      }
    }
  }
}
