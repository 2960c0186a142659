package io.skald.engine.runtime;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes ended sagas whose time has come, a batch at a time, and rests after each for several
 * times as long as it took: so it has a share of the server and no more, however much has expired.
 * Confined to one thread.
 *
 * <p>Where all sagas are kept equally long, each turn begins at the first one there is. Where some
 * are kept for longer than others, these would be looked at in every turn: a turn goes on where the
 * one before stopped, and now and then one begins at the first, as a saga may have been left out
 * because of its family.
 */
public final class Purger {
  /** How many sagas are looked at, and locked, together. */
  static final int BATCH = 500;

  /** After how many turns one looks at all. */
  static final int TURNS = 60;

  /** How many times as long as a batch took one rests before the next. */
  static final int REST = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Purger.class);

  private final SagaStore store;
  private final List<Expiry> expiries;
  private final SagaArchive archive;
  private final Sources sources;
  private final Map<Expiry, Instant> places = new HashMap<>();
  private int turns;

  /**
   * Purger.
   *
   * @param store where the sagas are
   * @param retention which of them go, and when
   * @param archive what they are handed to before they go
   * @param sources where time comes from
   */
  public Purger(SagaStore store, Retention retention, SagaArchive archive, Sources sources) {
    this.store = store;
    this.expiries = retention.expiries();
    this.archive = archive;
    this.sources = sources;
  }

  /** One turn: until nothing is left that has expired, or the thread is interrupted. */
  public void purge() {
    if (expiries.size() == 1 || turns % TURNS == 0) {
      places.clear();
    }
    turns++;
    try {
      for (Expiry expiry : expiries) {
        tryToPurge(expiry);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tryToPurge(Expiry expiry) throws InterruptedException {
    try {
      purge(expiry);
    } catch (RuntimeException e) {
      // an archive may throw anything; nothing it was handed is deleted then
      LOG.warn("cannot delete ended sagas; tried again soon", e);
    }
  }

  private void purge(Expiry expiry) throws InterruptedException {
    Optional<Instant> next = Optional.of(places.getOrDefault(expiry, Instant.EPOCH));
    while (next.isPresent()) {
      Instant after = next.get();
      places.put(expiry, after);
      long begin = sources.nanoTime();
      next = store.purge(expiry, after, BATCH, archive).next();
      if (next.isPresent()) {
        sources.pause(Duration.ofNanos(sources.nanoTime() - begin).multipliedBy(REST));
      }
    }
  }
}
