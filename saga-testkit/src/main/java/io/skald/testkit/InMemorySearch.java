package io.skald.testkit;

import io.skald.engine.spi.ErrorFingerprint;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SearchPosition;
import io.skald.saga.SagaId;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.SagaCriterion;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One search of a store in memory: it looks at all there is. */
final class InMemorySearch {
  private static final Comparator<String> BY_BYTES =
      (one, other) -> Arrays.compareUnsigned(bytes(one), bytes(other));

  /** As text: as numbers they would be compared with their signs. */
  private static final Comparator<SagaId> BY_ID = Comparator.comparing(id -> id.value().toString());

  private static final Comparator<SearchPosition.Keyed> BY_KEY =
      Comparator.comparing(SearchPosition.Keyed::businessKey, BY_BYTES)
          .thenComparing(SearchPosition.Keyed::definition, BY_BYTES);

  private final SagaQuery query;
  private final @Nullable SearchPosition after;

  InMemorySearch(SagaQuery query) {
    this.query = query;
    this.after = SearchPosition.of(query).orElse(null);
  }

  SagaPage page(Stream<StoredSaga> sagas) {
    List<StoredSaga> found =
        sagas
            .filter(saga -> query.criteria().stream().allMatch(asked -> holds(asked, saga)))
            .filter(this::isAfter)
            .sorted(order())
            .limit(query.limit())
            .toList();
    Optional<String> next =
        found.size() < query.limit()
            ? Optional.empty()
            : Optional.of(position(found.getLast()).cursor());
    return new SagaPage(found.stream().map(InMemorySearch::summary).toList(), next);
  }

  private SearchPosition position(StoredSaga saga) {
    return SearchPosition.isByKey(query) ? keyed(saga) : new SearchPosition.Started(idOf(saga));
  }

  private Comparator<StoredSaga> order() {
    return SearchPosition.isByKey(query)
        ? Comparator.comparing(InMemorySearch::keyed, BY_KEY)
        : Comparator.comparing(InMemorySearch::idOf, BY_ID).reversed();
  }

  private boolean isAfter(StoredSaga saga) {
    return switch (after) {
      case null -> true;
      case SearchPosition.Started started -> BY_ID.compare(idOf(saga), started.id()) < 0;
      case SearchPosition.Keyed last -> BY_KEY.compare(keyed(saga), last) > 0;
    };
  }

  private static boolean holds(SagaCriterion asked, StoredSaga saga) {
    SagaRow row = saga.row();
    return switch (asked) {
      case SagaCriterion.Definition(String name) -> row.definition().name().equals(name);
      case SagaCriterion.Version(int number) -> row.definition().version() == number;
      case SagaCriterion.Key(String text) -> row.businessKey().equals(text);
      case SagaCriterion.KeyPrefix(String text) -> row.businessKey().startsWith(text);
      case SagaCriterion.Attribute(String name, String value) ->
          value.equals(row.attributes().get(name));
      case SagaCriterion.Status status -> status.any().contains(row.status());
      case SagaCriterion.Waiting waiting -> row.wakeAt() != null;
      case SagaCriterion.StandsAt(String step) -> standsAt(saga, step);
      case SagaCriterion.FailedWith(String fingerprint) -> failedSo(saga, fingerprint);
      case SagaCriterion.Since(SagaMoment moment, Instant at) ->
          instant(moment, saga).filter(then -> !then.isBefore(at)).isPresent();
      case SagaCriterion.Before(SagaMoment moment, Instant at) ->
          instant(moment, saga).filter(then -> then.isBefore(at)).isPresent();
    };
  }

  private static boolean standsAt(StoredSaga saga, String step) {
    SagaError error = saga.row().error();
    boolean isStuckThere =
        saga.status() == SagaStatus.STUCK
            && error != null
            && error.step() != null
            && StepPath.name(error.step()).equals(step);
    return isStuckThere || saga.openRows().stream().anyMatch(row -> row.stepName().equals(step));
  }

  private static boolean failedSo(StoredSaga saga, String fingerprint) {
    return Stream.concat(
            fingerprint(saga.row().error()).stream(),
            saga.openRows().stream().flatMap(row -> fingerprint(row).stream()))
        .anyMatch(fingerprint::equals);
  }

  /** An operator's words have none. */
  private static Optional<String> fingerprint(@Nullable SagaError error) {
    return error == null || error.actor() != null
        ? Optional.empty()
        : Optional.of(ErrorFingerprint.of(error.step(), error.text()));
  }

  private static Optional<String> fingerprint(LogRow row) {
    return Optional.ofNullable(row.error())
        .map(error -> ErrorFingerprint.of(row.stepName(), error));
  }

  private static Optional<Instant> instant(SagaMoment moment, StoredSaga saga) {
    return switch (moment) {
      case CREATED -> Optional.of(saga.row().createdAt());
      case CHANGED -> Optional.of(saga.changedAt());
      case FINISHED -> Optional.ofNullable(saga.row().finishedAt());
    };
  }

  private static SagaSummary summary(StoredSaga saga) {
    SagaRow row = saga.row();
    Optional<LogRow> open = saga.openRows().stream().findFirst();
    Optional<SagaError> error = Optional.ofNullable(row.error());
    return new SagaSummary(
        row.id(),
        row.definition().name(),
        row.definition().version(),
        row.businessKey(),
        row.attributes(),
        Optional.ofNullable(row.parent()).map(Parent::saga),
        row.status(),
        open.map(LogRow::path).or(() -> error.map(SagaError::step)),
        error.map(SagaError::text).or(() -> open.map(LogRow::error)),
        error.isPresent() ? fingerprint(row.error()) : open.flatMap(InMemorySearch::fingerprint),
        Optional.ofNullable(row.wakeAt()),
        row.createdAt(),
        saga.changedAt(),
        Optional.ofNullable(row.finishedAt()));
  }

  private static SearchPosition.Keyed keyed(StoredSaga saga) {
    NewSaga started = saga.started();
    return new SearchPosition.Keyed(started.businessKey(), started.definition().name());
  }

  private static SagaId idOf(StoredSaga saga) {
    return saga.started().id();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
