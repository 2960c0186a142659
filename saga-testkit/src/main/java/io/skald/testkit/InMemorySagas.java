package io.skald.testkit;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Standing;
import io.skald.engine.spi.Standings;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The sagas of a store in memory, by id and by key. Guarded by the store's lock. */
final class InMemorySagas {
  private static final Comparator<SagaRow> EARLIEST_FIRST =
      Comparator.comparing(SagaRow::createdAt).thenComparing(row -> row.id().toString());

  private final Supplier<UUID> ids;
  private final Map<SagaId, StoredSaga> sagas = new LinkedHashMap<>();
  private final Map<Key, StoredSaga> keys = new HashMap<>();

  private record Key(String definition, String businessKey) {
    static Key of(NewSaga saga) {
      return new Key(saga.definition().name(), saga.businessKey());
    }
  }

  InMemorySagas(Supplier<UUID> ids) {
    this.ids = ids;
  }

  private Optional<StoredSaga> inTheWayOf(NewSaga saga) {
    return Optional.ofNullable(sagas.get(saga.id()))
        .or(() -> Optional.ofNullable(keys.get(Key.of(saga))));
  }

  /** Whether all of these can be started: none is there, and no two are one. */
  boolean admits(List<NewSaga> started) {
    return started.stream().map(NewSaga::id).distinct().count() == started.size()
        && started.stream().map(Key::of).distinct().count() == started.size()
        && started.stream().allMatch(saga -> inTheWayOf(saga).isEmpty());
  }

  StartResult start(NewSaga saga, Instant now) {
    Optional<StoredSaga> there = inTheWayOf(saga);
    if (there.isPresent()) {
      SagaRow row = there.get().row();
      return row.id().equals(saga.id())
          ? new StartResult.Started(row)
          : new StartResult.Existing(row);
    }
    var stored = new StoredSaga(saga, ids.get(), now);
    sagas.put(saga.id(), stored);
    keys.put(Key.of(saga), stored);
    return new StartResult.Started(stored.row());
  }

  /** The saga of that id; null if there is none. */
  @Nullable StoredSaga of(SagaId id) {
    return sagas.get(id);
  }

  Optional<StoredSaga> find(String definition, String businessKey) {
    return Optional.ofNullable(keys.get(new Key(definition, businessKey)));
  }

  Stream<StoredSaga> all() {
    return sagas.values().stream();
  }

  /** What the unfinished ones run. */
  Stream<DefinitionRef> unfinished() {
    return all().filter(StoredSaga::isUnfinished).map(saga -> saga.started().definition());
  }

  /** Those of one version, by the text of their ids, which has the order of their bytes. */
  List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    return all()
        .filter(saga -> saga.isUnfinished() && saga.started().definition().equals(definition))
        .map(saga -> saga.started().id())
        .filter(id -> after.isEmpty() || id.toString().compareTo(after.get().toString()) > 0)
        .sorted(Comparator.comparing(SagaId::toString))
        .limit(Math.max(0, limit))
        .toList();
  }

  /** Where the unfinished ones stand. */
  Standings standings(Collection<DefinitionRef> except, Instant now) {
    Map<Standing, List<Instant>> groups =
        all()
            .filter(saga -> saga.isUnfinished())
            .filter(saga -> !except.contains(saga.started().definition()))
            .map(saga -> saga.snapshot(now))
            .collect(
                Collectors.groupingBy(
                    InMemorySagas::standing,
                    LinkedHashMap::new,
                    Collectors.mapping(saga -> saga.saga().createdAt(), Collectors.toList())));
    List<Standing> standings =
        groups.entrySet().stream()
            .map(
                group ->
                    new Standing(
                        group.getKey().definition(),
                        group.getKey().status(),
                        group.getKey().last(),
                        group.getValue().size(),
                        Collections.min(group.getValue())))
            .toList();
    return new Standings(standings, now);
  }

  private static Standing standing(SagaSnapshot saga) {
    LogRow last = saga.log().isEmpty() ? null : saga.log().getLast();
    Standing.Last recorded =
        last == null
            ? null
            : new Standing.Last(
                last.path().replaceAll("/\\d+/", "/*/"), last.direction(), last.status());
    SagaRow row = saga.saga();
    return new Standing(row.definition(), row.status(), recorded, 1, Instant.EPOCH);
  }

  List<SagaRow> rows(Collection<SagaId> ids) {
    return ids.stream()
        .distinct()
        .map(sagas::get)
        .filter(Objects::nonNull)
        .map(StoredSaga::row)
        .toList();
  }

  List<SagaRow> findByKey(String businessKey, int limit) {
    return all()
        .filter(saga -> saga.started().businessKey().equals(businessKey))
        .map(StoredSaga::row)
        .sorted(EARLIEST_FIRST.reversed())
        .limit(Math.max(0, limit))
        .toList();
  }

  SagaPage search(SagaQuery query) {
    return new InMemorySearch(query).page(all());
  }

  List<SagaRow> children(SagaId parent) {
    return all()
        .filter(saga -> saga.isChildOf(parent))
        .map(StoredSaga::row)
        .sorted(EARLIEST_FIRST)
        .toList();
  }

  /** The ended ones that are old enough, the one that ended first first. */
  List<StoredSaga> ended(Instant after, Instant until, int limit) {
    return all()
        .filter(saga -> saga.endedBefore(until) && saga.finishedAt().isAfter(after))
        .filter(StoredSaga::hasNoParent)
        .sorted(Comparator.comparing(StoredSaga::finishedAt))
        .limit(Math.max(0, limit))
        .toList();
  }

  /** Removes the expired ones of these, parents before what they started, and answers them. */
  List<NewSaga> purge(List<StoredSaga> looked, Expiry expiry) {
    List<NewSaga> ended =
        looked.stream()
            .filter(saga -> expiry.applies(saga.started().definition().name(), saga.status()))
            .map(StoredSaga::started)
            .filter(saga -> !hasUnfinishedChild(saga.id()))
            .toList();
    for (NewSaga saga : ended) {
      sagas.remove(saga.id());
      keys.remove(Key.of(saga));
      all().filter(child -> child.isChildOf(saga.id())).forEach(StoredSaga::orphan);
    }
    return ended;
  }

  private boolean hasUnfinishedChild(SagaId parent) {
    return all().anyMatch(saga -> saga.isChildOf(parent) && saga.isUnfinished());
  }
}
