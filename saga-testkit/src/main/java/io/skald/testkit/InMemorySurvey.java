package io.skald.testkit;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.TableFacts;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What there is to say of tables where there are none. Guarded by the store's lock. */
final class InMemorySurvey {
  private static final String NO_TABLES =
      "sizes, dead rows, vacuum and open transactions (the store is in memory and has none)";

  private final InMemorySagas sagas;
  private final Instant now;

  InMemorySurvey(InMemorySagas sagas, Instant now) {
    this.sagas = sagas;
    this.now = now;
  }

  TableFacts facts(List<Expiry> expiries) {
    long expired = expiries.stream().mapToLong(this::expired).sum();
    var backlog =
        new TableFacts.Backlog(
            sagas.all().filter(StoredSaga::isUnfinished).count(),
            counted(saga -> saga.isDue(now)),
            counted(saga -> saga.isDue(now.minus(Duration.ofMinutes(1)))),
            counted(saga -> saga.status() == SagaStatus.STUCK),
            Math.min(expired, TableFacts.COUNTED_MAX));
    return new TableFacts(List.of(), Optional.empty(), backlog, List.of(NO_TABLES), now);
  }

  private long counted(Predicate<StoredSaga> which) {
    return sagas.all().filter(which).limit(TableFacts.COUNTED_MAX).count();
  }

  private long expired(Expiry expiry) {
    return sagas.ended(Instant.EPOCH, now.minus(expiry.age()), TableFacts.COUNTED_MAX).stream()
        .filter(saga -> expiry.applies(saga.started().definition().name(), saga.status()))
        .count();
  }
}
