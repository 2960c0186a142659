package io.skald.engine.machine;

import static io.skald.engine.machine.Explorations.every;
import static io.skald.engine.machine.Explorations.retriable;
import static io.skald.engine.machine.Explorations.rows;
import static io.skald.engine.machine.Explorations.transitionsMet;
import static io.skald.engine.machine.Explorations.waysTaken;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every meaning of spent attempts, of an action and of a compensation, of every kind of task that
 * may have one, before the pivot, as the pivot and after it, alone and in every fifth nesting of
 * two, taken every way they may go.
 */
class PolicyExplorationTest {
  private static final List<Integer> SIZES = List.of(0, 2);
  private static final List<Integer> SIZES_OF_NESTED = List.of(0, 1);

  /** What can happen because of a policy, beside what can happen without. */
  static final String TRANSITIONS =
      """
      RUNNING COMPENSATABLE FAILED -> CALL
      RUNNING COMPENSATABLE FAILED, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING COMPENSATABLE FAILED, ask operator -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE FAILED, ask operator -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE FAILED, go on -> PASSED
      RUNNING COMPENSATABLE UNKNOWN, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING COMPENSATABLE UNKNOWN, ask operator -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE UNKNOWN, ask operator -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE UNKNOWN, go on -> PASSED
      RUNNING COMPENSATABLE handed out UNKNOWN, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING COMPENSATABLE handed out UNKNOWN, ask operator -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE handed out UNKNOWN, ask operator -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE handed out UNKNOWN, go on -> PASSED
      RUNNING PIVOT FAILED -> CALL
      RUNNING PIVOT FAILED, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING PIVOT UNKNOWN, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING RETRIABLE FAILED, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING RETRIABLE FAILED, go on -> PASSED
      RUNNING RETRIABLE UNKNOWN, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING RETRIABLE UNKNOWN, go on -> PASSED
      RUNNING RETRIABLE handed out UNKNOWN, ask operator -> STICK, \
      its attempts are spent, and an operator decides
      RUNNING RETRIABLE handed out UNKNOWN, go on -> PASSED
      """;

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryPolicyBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> all = Grove.policies().stream().map(Grove::before);

    assertThat(waysTaken(all, SIZES, 1, 0)).isGreaterThan(80_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryPolicyOfThePivot() {
    Stream<SagaDefinition<?, ?>> all = Grove.policyPivots().stream().map(one -> one);

    assertThat(waysTaken(all, SIZES, 2, 0)).isGreaterThan(20_000);
  }

  @Test
  void keepsItsInvariantsOnEveryWayOfEveryPolicyAfterThePivot() {
    Stream<SagaDefinition<?, ?>> all = retriable(Grove.policies()).stream().map(Grove::after);

    assertThat(waysTaken(all, SIZES, 1, 0)).isGreaterThan(70_000);
  }

  /** The stride meets each pair of holders at least once, with other policies for each. */
  @Test
  void keepsItsInvariantsOnEveryWayOfPoliciesInNestingsBeforeThePivot() {
    Stream<SagaDefinition<?, ?>> some = every(5, Grove.nestedPolicies()).map(Grove::before);

    assertThat(waysTaken(some, SIZES_OF_NESTED, 1, 0)).isGreaterThan(100_000);
  }

  /** Two mishaps: spent attempts of an action, and then of a compensation, for one. */
  @Test
  void keepsItsInvariantsWithTwoDeviationsInPoliciesThatFollowEachOther() {
    Stream<SagaDefinition<?, ?>> all = Grove.sequences(Grove.policies()).stream().map(Grove::alone);

    assertThat(waysTaken(all, SIZES, 2, 0)).isGreaterThan(50_000);
  }

  @Test
  void meetsEveryTransitionOfTheTableAndNoOther() {
    List<Tree> policies = List.of(Policy.values());
    Stream<SagaDefinition<?, ?>> all =
        Stream.of(
                policies.stream().map(Grove::before),
                retriable(policies).stream().map(Grove::after),
                Grove.policyPivots().stream())
            .flatMap(some -> some);

    Set<String> met = transitionsMet(all, SIZES, 2, 1);
    met.removeAll(rows(SagaMachineExplorationTest.TRANSITIONS));
    met.removeAll(rows(TreeExplorationTest.TRANSITIONS));
    met.removeAll(rows(ErrandExplorationTest.TRANSITIONS));
    assertThat(met).containsExactlyInAnyOrderElementsOf(rows(TRANSITIONS));
  }
}
