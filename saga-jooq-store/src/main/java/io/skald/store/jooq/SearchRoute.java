package io.skald.store.jooq;

import io.skald.engine.spi.SearchPosition;
import io.skald.saga.view.SagaCriterion;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What leads a search to its sagas. Along the indexes that have the order of the search, a stretch
 * is looked at; by the others, all they lead to.
 */
enum SearchRoute {
  /** A stretch of saga_business_key_definition_idx. */
  KEYS(
      """
      s.business_key >= ?
          and s.business_key <= ?
          and (s.business_key, s.definition) > (?, ?)\
      """),

  /** By saga_attributes_idx: what the search asks for says the rest. */
  ATTRIBUTES("s.attributes is not null"),

  /** By saga_owner_wake_at_idx. */
  STUCK("s.owner is null and s.wake_at is null and s.finished_at is null"),

  /** By saga_owner_wake_at_idx. */
  WAITING("s.owner is null and s.wake_at is not null and s.finished_at is null"),

  /** All of saga_owner_wake_at_idx. */
  UNFINISHED("s.finished_at is null"),

  /** A stretch of saga_pkey: an id begins with the time of the start. */
  STARTS("s.id < ? and s.id >= ?");

  /** Of a key that has at most 255: it comes after all that begin with what stands before it. */
  private static final String LAST = Character.toString(Character.MAX_CODE_POINT).repeat(256);

  /** How far the clock of a node that starts sagas may be off. */
  private static final Duration CLOCKS_DIFFER_MAX = Duration.ofHours(1);

  private static final UUID LOWEST = new UUID(0, 0);
  private static final UUID HIGHEST = new UUID(-1, -1);
  private static final long MILLIS_MAX = (1L << 48) - 1;

  private final String range;

  SearchRoute(String range) {
    this.range = range;
  }

  static SearchRoute of(SagaQuery query) {
    if (SearchPosition.isByKey(query)) {
      return KEYS;
    }
    if (asked(query, SagaCriterion.Attribute.class).findAny().isPresent()) {
      return ATTRIBUTES;
    }
    if (asked(query, SagaCriterion.Status.class)
        .anyMatch(status -> status.any().equals(Set.of(SagaStatus.STUCK)))) {
      return STUCK;
    }
    if (asked(query, SagaCriterion.Waiting.class).findAny().isPresent()) {
      return WAITING;
    }
    boolean isUnfinished =
        asked(query, SagaCriterion.StandsAt.class).findAny().isPresent()
            || asked(query, SagaCriterion.Status.class)
                .anyMatch(status -> status.any().stream().noneMatch(SagaStatus::isEnd));
    return isUnfinished ? UNFINISHED : STARTS;
  }

  /** Whether it has the order of the search, so that some of what it leads to can be looked at. */
  boolean isOrdered() {
    return this == KEYS || this == STARTS;
  }

  /** The order of the search, of rows of that name. */
  String order(String row) {
    String order = this == KEYS ? "%1$s.business_key, %1$s.definition" : "%1$s.id desc";
    return order.formatted(row);
  }

  /** What leads to a search's sagas, those after where it stands if this has their order. */
  SearchClause range(SagaQuery query) {
    Optional<SearchPosition> after = SearchPosition.of(query);
    return switch (this) {
      case KEYS -> keys(query, after);
      case STARTS -> {
        UUID before = earlier(startedBefore(query), last(after));
        UUID since = startedSince(query);
        yield new SearchClause(range, binds -> binds.uuid(before).uuid(since));
      }
      case ATTRIBUTES, STUCK, WAITING, UNFINISHED -> new SearchClause(range, binds -> {});
    };
  }

  /** The id after which a search goes on; above all others at its beginning. */
  static UUID last(Optional<SearchPosition> after) {
    return after
        .map(position -> position instanceof SearchPosition.Started(var id) ? id.value() : HIGHEST)
        .orElse(HIGHEST);
  }

  private SearchClause keys(SagaQuery query, Optional<SearchPosition> after) {
    String exact =
        asked(query, SagaCriterion.Key.class).map(SagaCriterion.Key::text).findFirst().orElse(null);
    String from =
        exact != null
            ? exact
            : asked(query, SagaCriterion.KeyPrefix.class).findFirst().orElseThrow().text();
    String to = exact != null ? exact : from + LAST;
    var last =
        after
            .filter(SearchPosition.Keyed.class::isInstance)
            .map(SearchPosition.Keyed.class::cast)
            // where the scan begins: from the start of the index it would read up to the key
            .orElseGet(() -> new SearchPosition.Keyed(from, ""));
    return new SearchClause(
        range, binds -> binds.text(from).text(to).text(last.businessKey()).text(last.definition()));
  }

  private static <C extends SagaCriterion> Stream<C> asked(SagaQuery query, Class<C> kind) {
    return query.criteria().stream().filter(kind::isInstance).map(kind::cast);
  }

  private static UUID startedSince(SagaQuery query) {
    return asked(query, SagaCriterion.Since.class)
        .filter(since -> since.moment() == SagaMoment.CREATED)
        .map(since -> idAt(since.at(), CLOCKS_DIFFER_MAX.negated()))
        .findFirst()
        .orElse(LOWEST);
  }

  /** Whatever happened to a saga happened after its start. */
  private static UUID startedBefore(SagaQuery query) {
    return asked(query, SagaCriterion.Before.class)
        .map(before -> idAt(before.at(), CLOCKS_DIFFER_MAX))
        .reduce(HIGHEST, SearchRoute::earlier);
  }

  /** The lowest id of a saga that a clock at that instant would make. */
  private static UUID idAt(Instant at, Duration later) {
    long seconds = Math.clamp(at.getEpochSecond(), 0, MILLIS_MAX / 1000);
    long millis = Math.clamp(seconds * 1000 + later.toMillis(), 0, MILLIS_MAX);
    return new UUID(millis << 16, 0);
  }

  /** As text: as numbers they would be compared with their signs. */
  private static UUID earlier(UUID one, UUID other) {
    return one.toString().compareTo(other.toString()) < 0 ? one : other;
  }
}
