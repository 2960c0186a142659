package io.skald.engine;

import io.skald.engine.spi.SearchPosition;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaSummary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The pages of several shards as one. A shard's page may end before its limit, where it has looked
 * at enough: no saga beyond the first such end can be in the page, for others may come before it.
 */
final class ShardedSearch {
  private static final Comparator<SearchPosition> ORDER = ShardedSearch::compare;

  private ShardedSearch() {}

  /** The first sagas of all pages, in the order of the query. */
  static SagaPage merged(SagaQuery query, List<SagaPage> pages) {
    Optional<SearchPosition> end =
        pages.stream()
            .flatMap(page -> page.next().stream())
            .flatMap(cursor -> SearchPosition.of(query.after(cursor)).stream())
            .min(ORDER);
    List<SagaSummary> known =
        pages.stream()
            .flatMap(page -> page.sagas().stream())
            .filter(saga -> end.isEmpty() || ORDER.compare(at(query, saga), end.get()) <= 0)
            .sorted(Comparator.comparing(saga -> at(query, saga), ORDER))
            .toList();
    if (known.size() <= query.limit()) {
      return new SagaPage(known, end.map(SearchPosition::cursor));
    }
    List<SagaSummary> page = upTo(query, known);
    return new SagaPage(page, Optional.of(at(query, page.getLast()).cursor()));
  }

  /** Sagas of two shards that are in one place, which no cursor tells apart, stay together. */
  private static List<SagaSummary> upTo(SagaQuery query, List<SagaSummary> known) {
    SearchPosition following = at(query, known.get(query.limit()));
    List<SagaSummary> before =
        known.stream()
            .limit(query.limit())
            .takeWhile(saga -> ORDER.compare(at(query, saga), following) < 0)
            .toList();
    return before.isEmpty()
        ? known.stream().takeWhile(saga -> ORDER.compare(at(query, saga), following) == 0).toList()
        : before;
  }

  private static SearchPosition at(SagaQuery query, SagaSummary saga) {
    return SearchPosition.isByKey(query)
        ? new SearchPosition.Keyed(saga.businessKey(), saga.definition())
        : new SearchPosition.Started(saga.id());
  }

  private static int compare(SearchPosition one, SearchPosition other) {
    return switch (one) {
      case SearchPosition.Started(var id) -> ((SearchPosition.Started) other).id().compareTo(id);
      case SearchPosition.Keyed keyed -> compare(keyed, (SearchPosition.Keyed) other);
    };
  }

  private static int compare(SearchPosition.Keyed one, SearchPosition.Keyed other) {
    int keys = Arrays.compareUnsigned(bytes(one.businessKey()), bytes(other.businessKey()));
    return keys != 0
        ? keys
        : Arrays.compareUnsigned(bytes(one.definition()), bytes(other.definition()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
