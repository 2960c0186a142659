package io.skald.store.jooq;

import io.skald.saga.internal.Check;
import io.skald.saga.participant.Inbox;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Has an inbox forget what is old, again and again, on a daemon thread of its own, until it is
 * closed. What fails is logged, and tried again the next time. An application that schedules its
 * own tasks needs none: it calls {@link Inbox#purge}.
 */
public final class InboxPurger implements AutoCloseable {
  private static final Duration INTERVAL_MAX = Duration.ofDays(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Inbox inbox;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("skald-inbox-purger").factory());

  private InboxPurger(Inbox inbox) {
    this.inbox = inbox;
  }

  /**
   * Purges an inbox, for the first time after one interval. One for each node does no harm.
   *
   * @param interval the pause between two purges; more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code interval} is out of bounds
   */
  public static InboxPurger every(Duration interval, Inbox inbox) {
    long nanos = Check.between("interval", interval, INTERVAL_MAX).toNanos();
    var purger = new InboxPurger(Objects.requireNonNull(inbox, "inbox"));
    var unused =
        purger.thread.scheduleWithFixedDelay(purger::purge, nanos, nanos, TimeUnit.NANOSECONDS);
    return purger;
  }

  private void purge() {
    try {
      long unused = inbox.purge();
    } catch (RuntimeException e) {
      StoreLog.inboxNotPurged(e);
    }
  }

  /** Purges no more; waits 5 s at most for the batch that is under way. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      boolean unused = thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
