package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.SagaId;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The mark of a shard in an id, and the shard of a key. */
class ShardTest {
  private static final Sources SOURCES = Sources.system();

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "1, 2", "15, 16", "0, 255", "254, 255"})
  void anIdBearsItsShardAndStaysAUniqueOneOfVersionSeven(int number, int count) {
    var shard = new Shard(number, count);
    Sources sources = SOURCES.withIds(shard::marked);
    List<UUID> ids = Stream.generate(sources::newId).limit(10_000).toList();

    assertThat(ids).doesNotHaveDuplicates();
    assertThat(ids).allMatch(id -> id.version() == 7 && id.variant() == 2);
    assertThat(ids).allSatisfy(id -> assertThat(Shard.of(new SagaId(id))).contains(shard));
  }

  @Test
  void anIdThatCanBearNoShardHasNone() {
    assertThat(Shard.of(SagaId.parse("00000000-0000-7000-8000-000000000000"))).isEmpty();
    assertThat(Shard.of(SagaId.parse("00000000-0000-7000-8000-000000000202"))).isEmpty();
    assertThat(Shard.of(SagaId.parse("00000000-0000-7000-8000-000000000201")))
        .contains(new Shard(1, 2));
  }

  /** They are what they were: a key that had another shard would be started a second time. */
  @ParameterizedTest
  @CsvSource({"o1, 2, 1", "o2, 2, 1", "o4, 2, 0", "o1, 3, 2", "größer, 3, 0", "o1, 255, 104"})
  void theShardOfAKeyNeverChanges(String key, int count, int number) {
    assertThat(Shard.ofKey(key, count)).isEqualTo(number);
  }

  @Test
  void keysAreSpreadEvenly() {
    var counts =
        IntStream.range(0, 40_000)
            .mapToObj(order -> Shard.ofKey("order-" + order, 4))
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));

    assertThat(counts).hasSize(4);
    assertThat(counts.values()).allMatch(keys -> keys > 9_000 && keys < 11_000);
  }

  @Test
  void aKeyThatBeginsWithAnIdIsInItsShard() {
    UUID id = new Shard(2, 3).marked(SOURCES.newId());

    assertThat(Shard.ofKey(id.toString(), 3)).isEqualTo(2);
    assertThat(Shard.ofKey(id + ":ship", 3)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, shards: 0", "0, 256, shards: 256", "2, 2, shard: 2", "-1, 2, shard: -1"})
  void refusesWhatIsOutOfBounds(int number, int count, String message) {
    assertThatThrownBy(() -> new Shard(number, count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
