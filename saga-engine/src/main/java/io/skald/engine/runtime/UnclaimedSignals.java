package io.skald.engine.runtime;

import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals that nothing will consume as things are: this node says each of them once, and deletes
 * those whose time has come. Either method is confined to one thread.
 */
final class UnclaimedSignals {
  /** How long ago a signal was sent at least: one may come a little before its saga. */
  static final Duration AGE = Duration.ofMinutes(1);

  /** How many are looked at, and remembered, at most: 10,000, the earliest. */
  static final int LOOKED_AT_MAX = 10_000;

  /** How many are named in one line at most: 5. */
  static final int NAMED_MAX = 5;

  static final int PURGE_BATCH = 500;

  private static final Logger LOG = LoggerFactory.getLogger(UnclaimedSignals.class);

  private final SagaStore store;
  private Set<UUID> said = Set.of();

  UnclaimedSignals(SagaStore store) {
    this.store = store;
  }

  /** Says, in one line, what has not been said before. */
  void report() {
    try {
      List<UnclaimedSignal> found = store.unclaimed(AGE, LOOKED_AT_MAX);
      var before = said;
      said = found.stream().map(UnclaimedSignal::id).collect(Collectors.toSet());
      var news = found.stream().filter(signal -> !before.contains(signal.id())).toList();
      if (!news.isEmpty()) {
        warn(news);
      }
    } catch (SagaStoreException e) {
      LOG.warn("cannot look for unclaimed signals; looked for again soon", e);
    }
  }

  private static void warn(List<UnclaimedSignal> news) {
    String named =
        news.stream()
            .limit(NAMED_MAX)
            .map(each -> each.definition() + " " + each.businessKey() + " " + each.name())
            .collect(Collectors.joining(", "));
    LOG.warn(
        "unclaimed signals: {}; their sagas have ended or were never started: {}{}",
        news.size(),
        named,
        news.size() > NAMED_MAX ? ", …" : "");
  }

  /** Deletes those that never met a saga and are older than {@code age}, a batch at a time. */
  void purge(Duration age) {
    try {
      int deleted = PURGE_BATCH;
      while (deleted == PURGE_BATCH) {
        deleted = store.purgeSignals(age, PURGE_BATCH);
      }
    } catch (SagaStoreException e) {
      LOG.warn("cannot delete unclaimed signals; tried again soon", e);
    }
  }
}
