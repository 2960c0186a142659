package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A simulation that finds nothing may be blind: these stores are broken, and it sees that. */
@Tag("seeded-bugs")
class SeededBugsTest {
  private static final long SEEDS_MAX = 500;

  private final Orders orders = new Orders();

  @ParameterizedTest
  @EnumSource
  void findsEverySeededBugWithinFiveHundredSeeds(BrokenStores bug) {
    long found =
        LongStream.range(0, SEEDS_MAX)
            .filter(seed -> isFound(bug, seed))
            .findFirst()
            .orElse(SEEDS_MAX);
    assertThat(found).as("the first seed that finds %s", bug).isLessThan(SEEDS_MAX);
  }

  private boolean isFound(BrokenStores bug, long seed) {
    return !Crowd.of(orders, seed).store(bug.decorator()).replay().holds()
        || !Crowd.ofConstructs(orders, seed).store(bug.decorator()).replay().holds();
  }
}
