package io.skald.testkit;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How long sagas in memory have taken from some steps on. Guarded by the store's lock. */
final class InMemoryRests {
  private final InMemorySagas sagas;
  private final Collection<String> before;

  InMemoryRests(InMemorySagas sagas, Collection<String> before) {
    this.sagas = sagas;
    this.before = before;
  }

  List<Duration> of(DefinitionRef definition, int limit, Instant now) {
    return sagas
        .all()
        .filter(saga -> saga.status() == SagaStatus.COMPLETED && saga.hasNoParent())
        .filter(saga -> saga.started().definition().equals(definition))
        .sorted(Comparator.comparing(StoredSaga::finishedAt).reversed())
        .limit(Math.max(0, limit))
        .flatMap(saga -> rest(saga.snapshot(now), saga.finishedAt()).stream())
        .toList();
  }

  private Optional<Duration> rest(SagaSnapshot saga, Instant finishedAt) {
    return saga.log().stream()
        .filter(row -> row.direction() == Direction.ACTION && before.contains(row.stepName()))
        .map(LogRow::finishedAt)
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .map(passedAt -> Duration.between(passedAt, finishedAt));
  }
}
