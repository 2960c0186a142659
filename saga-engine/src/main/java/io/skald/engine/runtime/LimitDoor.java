package io.skald.engine.runtime;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitStore;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.Permit;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one node asks one limit: a few at a time, and for a while nobody when the store cannot be
 * asked, so that not all who want to wait for it in turn. Safe for use by several threads.
 */
final class LimitDoor {
  private static final Logger LOG = LoggerFactory.getLogger(LimitDoor.class);

  /** How long an attempt rests when the store cannot be asked, and nobody asks it: 1 s. */
  private static final Duration UNASKED = Duration.ofSeconds(1);

  /**
   * How many of this node ask at a time: 2. The store answers them one after another; more would
   * each have a connection while they wait for each other.
   */
  private static final int ASKING_MAX = 2;

  private final Limit limit;
  private final LimitStore store;
  private final Sources sources;
  private final LimitLooks looks;
  private final Semaphore places = new Semaphore(ASKING_MAX, true);
  private final AtomicLong closedUntil = new AtomicLong(Long.MIN_VALUE);
  private final Outage asking = new Outage();

  LimitDoor(Limit limit, LimitStore store, Sources sources, Consumer<Duration> alarm) {
    this.limit = limit;
    this.store = store;
    this.sources = sources;
    this.looks = new LimitLooks(sources, alarm);
  }

  Limit limit() {
    return limit;
  }

  LimitLooks looks() {
    return looks;
  }

  /**
   * Asks the store.
   *
   * @throws GuardRejectedException if it could not be asked
   */
  Admission ask(LimitedAttempt attempt, Permit permit) throws GuardRejectedException {
    try {
      places.acquire();
    } catch (InterruptedException e) {
      throw interrupted(limit);
    }
    try {
      if (sources.nanoTime() < closedUntil.get()) {
        throw unasked();
      }
      Admission admission = store.admit(limit, attempt, permit);
      var unused = asking.end();
      return admission;
    } catch (RuntimeException e) {
      // it may have been granted all the same: then it is found by the self-check
      closedUntil.set(sources.nanoTime() + UNASKED.toNanos());
      if (asking.isNews(e)) {
        LOG.warn("limit {}: cannot be asked; what needs a permit is postponed", limit.name(), e);
      }
      throw unasked();
    } finally {
      places.release();
    }
  }

  private GuardRejectedException unasked() {
    return new GuardRejectedException("limit " + limit.name() + ": cannot be asked", UNASKED);
  }

  /** What becomes of an attempt whose thread is to end. */
  static GuardRejectedException interrupted(Limit limit) {
    Thread.currentThread().interrupt();
    return new GuardRejectedException("limit " + limit.name() + ": interrupted", UNASKED);
  }
}
