package io.skald.engine.runtime;

import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals that nothing will consume as things are: this node says each of them once, and deletes
 * those whose time has come. It walks through what is pending in rounds, a stretch at a turn, and
 * says in a round what has become unclaimed since the one before: so it remembers two times, and no
 * signal. Either method is confined to one thread.
 */
final class UnclaimedSignals {
  /**
   * How long ago a signal was sent, and has been unclaimed, at least: one may come a little before
   * its saga, and what was written then has been committed by now.
   */
  static final Duration AGE = Duration.ofMinutes(1);

  /** How long a signal without a saga is kept at least, whatever the retention: to be said. */
  static final Duration KEPT_AT_LEAST = AGE.multipliedBy(2);

  /** How many pending signals are looked at in one turn at most: 10,000. */
  static final int LOOKED_AT_MAX = 10_000;

  /** How many are named in one line at most: 5. */
  static final int NAMED_MAX = 5;

  static final int PURGE_BATCH = 500;

  private static final Logger LOG = LoggerFactory.getLogger(UnclaimedSignals.class);

  private final SagaStore store;
  private SignalPosition looked = SignalPosition.START;
  private Instant saidUntil = Instant.EPOCH;
  private @Nullable Instant roundUntil;
  private SignalPosition swept = SignalPosition.START;

  UnclaimedSignals(SagaStore store) {
    this.store = store;
  }

  /** Says, in one line, what a stretch of the walk finds and was not said before. */
  void report() {
    try {
      UnclaimedPage page = store.unclaimed(AGE, looked, LOOKED_AT_MAX);
      Instant until = roundUntil == null ? page.readAt().minus(AGE) : roundUntil;
      var news = page.unclaimed().stream().filter(signal -> isNews(signal, until)).toList();
      goOn(page, until);
      if (!news.isEmpty()) {
        warn(news);
      }
    } catch (SagaStoreException e) {
      LOG.warn("cannot look for unclaimed signals; looked for again soon", e);
    }
  }

  /** What became unclaimed later is for the next round, which comes by everywhere again. */
  private boolean isNews(UnclaimedSignal signal, Instant until) {
    return signal.since().isAfter(saidUntil) && !signal.since().isAfter(until);
  }

  private void goOn(UnclaimedPage page, Instant until) {
    looked = page.next().orElse(SignalPosition.START);
    if (page.next().isPresent()) {
      roundUntil = until;
    } else {
      roundUntil = null;
      saidUntil = until;
    }
  }

  private static void warn(List<UnclaimedSignal> news) {
    String named =
        news.stream()
            .limit(NAMED_MAX)
            .map(each -> each.definition() + " " + printable(each) + " " + each.name())
            .collect(Collectors.joining(", "));
    LOG.warn(
        "unclaimed signals: {}; their sagas have ended or were never started: {}{}",
        news.size(),
        named,
        news.size() > NAMED_MAX ? ", …" : "");
  }

  /** A key may hold what turns the rest of a line around, or looks like its end. */
  private static String printable(UnclaimedSignal signal) {
    return ErrorText.bounded(signal.businessKey());
  }

  /**
   * Deletes those that never met a saga and are older than {@code age}, a batch at a time, and says
   * how many.
   */
  void purge(Duration age) {
    Duration kept = age.compareTo(KEPT_AT_LEAST) < 0 ? KEPT_AT_LEAST : age;
    int deleted = 0;
    try {
      int stayed = 0;
      do {
        PurgedPage page = store.purgeSignals(kept, swept, PURGE_BATCH);
        swept = page.next().orElse(SignalPosition.START);
        deleted += page.deleted();
        stayed += PURGE_BATCH - page.deleted();
      } while (!swept.equals(SignalPosition.START) && stayed < LOOKED_AT_MAX);
    } catch (SagaStoreException e) {
      LOG.warn("cannot delete unclaimed signals; tried again soon", e);
    }
    if (deleted > 0) {
      LOG.info("deleted {} unclaimed signals; no saga of their keys was started", deleted);
    }
  }
}
