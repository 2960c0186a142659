package io.skald.engine.machine;

import static io.skald.engine.machine.Explorations.every;
import static io.skald.engine.machine.Explorations.retriable;
import static io.skald.engine.machine.Explorations.rows;
import static io.skald.engine.machine.Explorations.transitionsMet;
import static io.skald.engine.machine.Explorations.waysTaken;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A deadline of which a share is kept for compensation, of sagas with every construct, every errand
 * and every policy, before the pivot and after it, alone and in some nestings of two, taken every
 * way they may go: at every decision nothing but the share may be left, or not even that.
 */
class ShareExplorationTest {
  private static final List<Integer> SIZES = List.of(0, 2);
  private static final List<Integer> SIZES_OF_NESTED = List.of(0, 1);
  private static final String LATE = "deadline passed";
  private static final String NEAR = "the rest of the deadline is kept for compensation";

  /** More of them, in and beside each other: the stride, a prime, meets every holder. */
  @Test
  void keepsItsInvariantsOnEveryWayOfConstructsBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> all = every(23, all()).map(Grove::sparingBefore);

    assertThat(waysTaken(all, SIZES, 1, 1)).isGreaterThan(15_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryConstructAfterThePivot() {
    Stream<SagaDefinition<?, ?>> all = retriable(constructs()).stream().map(Grove::sparingAfter);

    assertThat(waysTaken(all, SIZES, 1, 1)).isGreaterThan(10_000);
  }

  /** Two mishaps: no time but the share is left, and then a lost node, for one. */
  @Test
  void keepsItsInvariantsWithTwoDeviationsInConstructsThatFollowEachOther() {
    Stream<SagaDefinition<?, ?>> all = every(23, Grove.sequences(all())).map(Grove::sparingAlone);

    assertThat(waysTaken(all, SIZES, 2, 0)).isGreaterThan(20_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfNestingsBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(11, nested()).map(Grove::sparingBefore);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 0)).isGreaterThan(30_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfNestingsAfterThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(35, retriable(nested())).map(Grove::sparingAfter);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 0)).isGreaterThan(10_000);
  }

  /** With two mishaps in every construct, and its invariants kept on every way. */
  @Test
  void turnsAroundWhereverADeadlineDoesAndNowhereElse() {
    Stream<SagaDefinition<?, ?>> all = constructs().stream().map(Grove::sparingBefore);

    Set<String> met = transitionsMet(all, SIZES, 2, 1);
    assertThat(met).noneMatch(row -> row.contains(LATE));
    assertThat(met.stream().filter(row -> row.contains(NEAR)))
        .containsExactlyInAnyOrderElementsOf(expected());
  }

  /** The rows of all tables that are about a deadline. */
  private static Set<String> expected() {
    return Stream.of(
            SagaMachineExplorationTest.TRANSITIONS,
            TreeExplorationTest.TRANSITIONS,
            ErrandExplorationTest.TRANSITIONS,
            PolicyExplorationTest.TRANSITIONS)
        .flatMap(table -> rows(table).stream())
        .filter(row -> row.contains(LATE))
        .map(row -> row.replace(LATE, NEAR))
        .collect(Collectors.toSet());
  }

  /** Each construct, errand and policy. */
  private static List<Tree> constructs() {
    var constructs = new ArrayList<>(Grove.small());
    constructs.addAll(List.of(Errand.values()));
    constructs.addAll(List.of(Policy.values()));
    return constructs;
  }

  /** Each of them in each construct, beside each other one. */
  private static List<Tree> all() {
    return Stream.of(Grove.oneDeep(), Grove.errands(), Grove.policies())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Tree> nested() {
    return Stream.of(Grove.twoDeep(), Grove.nestedErrands(), Grove.nestedPolicies())
        .flatMap(List::stream)
        .toList();
  }
}
