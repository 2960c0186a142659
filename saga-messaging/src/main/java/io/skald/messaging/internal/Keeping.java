package io.skald.messaging.internal;

import io.skald.messaging.Source;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a thread consuming: whatever ends a session with the broker, it begins another one, until
 * it is closed.
 */
public final class Keeping implements Source.Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Keeping.class);

  private static final Duration PAUSE_MIN = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);

  /** A session that has lasted this long was a good one: the next pause is the shortest again. */
  private static final Duration GOOD = Duration.ofSeconds(30);

  private final String name;
  private final Session session;
  private final Duration closeMax;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;

  /** What is done until the connection is lost, or it is to stop. */
  @FunctionalInterface
  public interface Session {
    /**
     * Consumes.
     *
     * @param stopping is at zero when it is to stop, which it does in an orderly way
     * @throws Exception when the connection is lost, or never came about
     */
    void run(CountDownLatch stopping) throws Exception;
  }

  private Keeping(String name, Session session, Duration closeMax) {
    this.name = name;
    this.session = session;
    this.closeMax = closeMax;
    this.thread = Thread.ofPlatform().daemon().name("skald-" + name).unstarted(this::run);
  }

  /**
   * Begins.
   *
   * @param name who consumes from where, for logs
   * @param closeMax how long {@link #close} waits for the end of the session
   */
  public static Keeping open(String name, Session session, Duration closeMax) {
    var keeping = new Keeping(name, session, closeMax);
    keeping.thread.start();
    return keeping;
  }

  private void run() {
    Duration pause = PAUSE_MIN;
    while (stopping.getCount() > 0) {
      long begin = System.nanoTime();
      try {
        session.run(stopping);
      } catch (Throwable e) {
        boolean wasGood = System.nanoTime() - begin > GOOD.toNanos();
        pause = wasGood ? PAUSE_MIN : pause;
        LOG.warn("{}: begins anew in {} ({})", name, pause, e.toString());
        LOG.debug("{}: why", name, e);
        pause(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX;
      }
    }
  }

  private void pause(Duration pause) {
    try {
      boolean unused = stopping.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // by nobody who has a right to: it goes on until it is closed
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    try {
      if (!thread.join(closeMax)) {
        LOG.warn("{}: takes longer than {} to close", name, closeMax);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
