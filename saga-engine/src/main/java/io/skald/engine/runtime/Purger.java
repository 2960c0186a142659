package io.skald.engine.runtime;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaStore;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes ended sagas whose time has come, a batch at a time. Confined to one thread.
 *
 * <p>Where all sagas are kept equally long, each turn begins at the first one there is. Where some
 * are kept for longer than others, these would be looked at in every turn: a turn goes on where the
 * one before stopped, and now and then one begins at the first, as a saga may have been left out
 * because of its family.
 */
final class Purger {
  /** How many sagas are looked at, and locked, together. */
  static final int BATCH = 500;

  /** After how many turns one looks at all. */
  static final int TURNS = 60;

  private static final Logger LOG = LoggerFactory.getLogger(Purger.class);

  private final SagaStore store;
  private final List<Expiry> expiries;
  private final SagaArchive archive;
  private final Map<Expiry, Instant> places = new HashMap<>();
  private int turns;

  Purger(SagaStore store, Retention retention, SagaArchive archive) {
    this.store = store;
    this.expiries = retention.expiries();
    this.archive = archive;
  }

  /** One turn: until nothing is left that has expired. */
  void purge() {
    if (expiries.size() == 1 || turns % TURNS == 0) {
      places.clear();
    }
    turns++;
    for (Expiry expiry : expiries) {
      try {
        purge(expiry);
      } catch (RuntimeException e) {
        // an archive may throw anything; nothing it was handed is deleted then
        LOG.warn("cannot delete ended sagas; tried again soon", e);
      }
    }
  }

  private void purge(Expiry expiry) {
    Optional<Instant> next = Optional.of(places.getOrDefault(expiry, Instant.EPOCH));
    while (next.isPresent()) {
      Instant after = next.get();
      places.put(expiry, after);
      PurgedSagas purged = store.purge(expiry, after, BATCH, archive);
      next = purged.next();
    }
  }
}
