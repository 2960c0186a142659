package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Explorations of many definitions at once. */
final class Explorations {
  private static final int OFFSET = Integer.getInteger("skald.exploration.offset", 0);

  private Explorations() {}

  /** How many ways were taken in all of them. */
  static long waysTaken(
      Stream<SagaDefinition<?, ?>> all, List<Integer> sizes, int deviations, int signals) {
    return all.parallel()
        .mapToLong(one -> new Explorer(one, sizes, (s, d) -> {}).explore(deviations, signals))
        .sum();
  }

  /** Every transition that is met in any of them. */
  static Set<String> transitionsMet(
      Stream<SagaDefinition<?, ?>> all, List<Integer> sizes, int deviations, int signals) {
    Set<String> met = ConcurrentHashMap.newKeySet();
    all.parallel().forEach(one -> collect(one, sizes, deviations, signals, met));
    return met;
  }

  private static void collect(
      SagaDefinition<?, ?> definition,
      List<Integer> sizes,
      int deviations,
      int signals,
      Set<String> met) {
    var explorer =
        new Explorer(
            definition,
            sizes,
            (state, decision) -> Transitions.rows(definition, state, decision).forEach(met::add));
    assertThat(explorer.explore(deviations, signals)).as(definition.name()).isPositive();
  }

  /** The rows of a table. */
  static Set<String> rows(String table) {
    return Arrays.stream(table.split("\n")).collect(Collectors.toSet());
  }

  /** Those that may stand at or after the pivot. */
  static List<Tree> retriable(List<Tree> trees) {
    return trees.stream().filter(Tree::isRetriable).toList();
  }

  /**
   * One of so many: the first one and each that is that many further, or as far behind these as
   * {@code -Dskald.exploration.offset} says.
   */
  static Stream<Tree> every(int stride, List<Tree> all) {
    return IntStream.range(0, all.size())
        .filter(i -> i % stride == OFFSET % stride)
        .mapToObj(all::get);
  }
}
