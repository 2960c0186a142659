package io.skald.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.SearchPosition;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of several shards as one. */
class ShardedSearchTest {
  private static final SagaQuery BY_START = SagaQuery.all();
  private static final SagaQuery BY_KEY = SagaQuery.all().keyPrefix("k");

  private static SagaSummary saga(int number, String key) {
    return new SagaSummary(
        new SagaId(new UUID(number, 0)),
        "order",
        1,
        key,
        Map.of(),
        Optional.empty(),
        SagaStatus.RUNNING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Instant.EPOCH,
        Instant.EPOCH,
        Optional.empty());
  }

  private static SagaSummary saga(int number) {
    return saga(number, "k" + number);
  }

  private static String after(int number) {
    return new SearchPosition.Started(new SagaId(new UUID(number, 0))).cursor();
  }

  private static SagaPage page(SagaSummary... sagas) {
    return new SagaPage(List.of(sagas), Optional.empty());
  }

  @Test
  void noSagaBeyondTheEndOfAStretchIsInThePage() {
    var stopped = new SagaPage(List.of(saga(9), saga(7)), Optional.of(after(5)));

    assertThat(ShardedSearch.merged(BY_START, List.of(stopped, page(saga(8), saga(4), saga(3)))))
        .isEqualTo(new SagaPage(List.of(saga(9), saga(8), saga(7)), Optional.of(after(5))));
  }

  @Test
  void aPageEndsAtItsLimit() {
    assertThat(
            ShardedSearch.merged(BY_START.limit(2), List.of(page(saga(9), saga(7)), page(saga(8)))))
        .isEqualTo(new SagaPage(List.of(saga(9), saga(8)), Optional.of(after(8))));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sagasOfOneKeyInSeveralShardsAreNotParted(int limit) {
    List<SagaPage> shards =
        List.of(page(saga(1, "k1"), saga(2, "k2")), page(saga(3, "k1")), page(saga(4, "k1")));

    assertThat(ShardedSearch.merged(BY_KEY.limit(limit), shards).sagas())
        .extracting(SagaSummary::id)
        .containsExactly(saga(1).id(), saga(3).id(), saga(4).id());
    assertThat(ShardedSearch.merged(BY_KEY.limit(4), shards).next()).isEmpty();
  }

  static Stream<SagaQuery> queries() {
    return Stream.of(BY_START, BY_KEY, BY_START.limit(1), BY_KEY.limit(1), BY_KEY.limit(7));
  }

  /** Whatever stretches the shards look at, a walk meets every saga once, in the query's order. */
  @ParameterizedTest
  @MethodSource("queries")
  void aWalkMeetsEverySagaOnceAndInOrder(SagaQuery query) {
    for (long seed = 1; seed <= 200; seed++) {
      var random = new Random(seed);
      List<SagaSummary> all =
          IntStream.range(1, 40)
              .mapToObj(number -> saga(number, "k" + random.nextInt(30)))
              .toList();
      List<List<SagaSummary>> shards =
          List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      // an id is in one shard, a key may be in several: once in each
      for (SagaSummary saga : all) {
        shards.stream()
            .skip(random.nextInt(3))
            .filter(shard -> shard.stream().noneMatch(is -> isOfKey(is, saga)))
            .findFirst()
            .ifPresent(shard -> shard.add(saga));
      }
      List<SagaSummary> expected =
          shards.stream().flatMap(List::stream).sorted(order(query)).toList();

      assertThat(walk(query, shards, random))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(expected)
          .isSortedAccordingTo(order(query));
    }
  }

  private static boolean isOfKey(SagaSummary one, SagaSummary other) {
    return one.businessKey().equals(other.businessKey());
  }

  private static Comparator<SagaSummary> order(SagaQuery query) {
    return SearchPosition.isByKey(query)
        ? Comparator.comparing(SagaSummary::businessKey)
        : Comparator.comparing(SagaSummary::id).reversed();
  }

  private static List<SagaSummary> walk(
      SagaQuery query, List<List<SagaSummary>> shards, Random random) {
    List<SagaSummary> met = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      SagaQuery asked = next.map(query::after).orElse(query);
      SagaPage page =
          ShardedSearch.merged(
              asked, shards.stream().map(shard -> searched(asked, shard, random)).toList());
      met.addAll(page.sagas());
      next = page.next();
    } while (next.isPresent());
    return met;
  }

  /** A shard's own page: of the sagas behind the cursor it looks at a few, and may stop there. */
  private static SagaPage searched(SagaQuery query, List<SagaSummary> shard, Random random) {
    Optional<SearchPosition> after = SearchPosition.of(query);
    List<SagaSummary> left =
        shard.stream()
            .sorted(order(query))
            .filter(saga -> after.isEmpty() || isBehind(saga, after.get()))
            .toList();
    int looked = Math.min(1 + random.nextInt(query.limit()), left.size());
    List<SagaSummary> found = left.subList(0, looked);
    return new SagaPage(
        found,
        looked == left.size()
            ? Optional.empty()
            : Optional.of(at(query, found.getLast()).cursor()));
  }

  private static boolean isBehind(SagaSummary saga, SearchPosition position) {
    return switch (position) {
      case SearchPosition.Started(SagaId id) -> saga.id().compareTo(id) < 0;
      case SearchPosition.Keyed(String key, String definition) ->
          saga.businessKey().compareTo(key) > 0;
    };
  }

  private static SearchPosition at(SagaQuery query, SagaSummary saga) {
    return SearchPosition.isByKey(query)
        ? new SearchPosition.Keyed(saga.businessKey(), saga.definition())
        : new SearchPosition.Started(saga.id());
  }
}
