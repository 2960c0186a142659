package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.postgresql.PGConnection;

/**
 * The time limits of local steps: one shared daemon thread that has the running query cancelled
 * when the limit has passed and, if that was in vain, the connection aborted. No thread is
 * interrupted: an interrupt inside JDBC closes the socket while a commit goes on.
 *
 * <p>The thread sleeps until the first limit it knows of and is woken only for an earlier one: most
 * steps end long before their limit, and to wake a thread for each would cost as much as its SQL.
 */
final class Watchdog {
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** How long the thread stays when there is nothing to watch. */
  private static final Duration IDLE = Duration.ofSeconds(10);

  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition earlier = lock.newCondition();
  private volatile boolean guarded;
  private volatile long wakesAt;

  /** Begins to watch. The caller must stop the watch before the connection goes to anybody else. */
  Watch watch(Connection connection, long nanos) {
    Watch watch = new Watch(connection, System.nanoTime() + nanos);
    watches.add(watch);
    if (!guarded || watch.endNanos - wakesAt < 0) {
      wake();
    }
    return watch;
  }

  private void wake() {
    lock.lock();
    try {
      earlier.signal();
      if (!guarded) {
        // the thread waits for this lock
        Thread.ofPlatform().daemon().name("skald-step-limits").start(this::guard);
        guarded = true;
      }
    } finally {
      lock.unlock();
    }
  }

  private void guard() {
    lock.lock();
    try {
      boolean idle = false;
      while (!idle || !watches.isEmpty()) {
        long now = System.nanoTime();
        // said before looking: a watch that is added from here on finds it and wakes this thread
        wakesAt = now + IDLE.toNanos();
        long next = wakesAt;
        for (Watch watch : watches) {
          next = watch.bark(now) - next < 0 ? watch.endNanos : next;
        }
        wakesAt = next;
        idle = watches.isEmpty();
        var unused = earlier.awaitNanos(next - now);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      guarded = false;
      // one that was added in the last moment saw a guard and relies on it
      if (!watches.isEmpty()) {
        wake();
      }
      lock.unlock();
    }
  }

  /** One attempt under a limit. */
  final class Watch {
    private final Connection connection;
    private final ReentrantLock held = new ReentrantLock();
    private volatile long endNanos;
    private boolean stopped;
    private boolean fired;

    private Watch(Connection connection, long endNanos) {
      this.connection = connection;
      this.endNanos = endNanos;
    }

    /**
     * Ends the watch. Waits for a cancel that is being sent, so that it cannot hit the connection's
     * next user.
     *
     * @return whether the limit had passed
     */
    boolean stop() {
      watches.remove(this);
      held.lock();
      try {
        stopped = true;
        return fired;
      } finally {
        held.unlock();
      }
    }

    /** Acts if the limit has passed; answers when to look again. */
    private long bark(long now) {
      if (endNanos - now <= 0) {
        endNanos = now + GRACE.toNanos();
        // a thread of its own for each cancel: a dead network must not hold up the other limits
        // and no virtual one: steps that pin the carriers must not hold it up either
        Thread.ofPlatform().daemon().name("skald-step-limit").start(this::act);
      }
      return endNanos;
    }

    private void act() {
      held.lock();
      try {
        if (stopped) {
          return;
        }
        if (fired) {
          connection.abort(Runnable::run);
        } else {
          fired = true;
          connection.unwrap(PGConnection.class).cancelQuery();
        }
      } catch (SQLException | RuntimeException e) {
        StoreLog.cancelFailed(e);
      } finally {
        held.unlock();
      }
    }
  }
}
