package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every sequence of up to four steps of every kind, taken every way it may go: every failure
 * position, every end of an attempt, cancel, deadline and a lost node at every decision.
 */
@Execution(ExecutionMode.CONCURRENT)
class SagaMachineExplorationTest {

  /** What can happen: saga status, position and entry status of the step, and the decision. */
  static final String TRANSITIONS =
      """
      RUNNING COMPENSATABLE NONE -> CALL
      RUNNING COMPENSATABLE NONE -> WAIT
      RUNNING COMPENSATABLE NONE -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE NONE -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE STARTED -> VERIFY_ONLY
      RUNNING COMPENSATABLE STARTED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE STARTED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE STARTED -> UNKNOWN from now on
      RUNNING COMPENSATABLE RETRYING -> WAIT
      RUNNING COMPENSATABLE RETRYING -> CALL
      RUNNING COMPENSATABLE RETRYING -> VERIFY_THEN_CALL
      RUNNING COMPENSATABLE RETRYING -> VERIFY_ONLY
      RUNNING COMPENSATABLE RETRYING -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE RETRYING -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE RETRYING -> FAILED from now on
      RUNNING COMPENSATABLE RETRYING -> UNKNOWN from now on
      RUNNING COMPENSATABLE FAILED -> TURN_AROUND
      RUNNING COMPENSATABLE FAILED -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE FAILED -> TURN_AROUND, deadline passed
      RUNNING COMPENSATABLE UNKNOWN -> TURN_AROUND
      RUNNING COMPENSATABLE UNKNOWN -> TURN_AROUND, cancelled
      RUNNING COMPENSATABLE UNKNOWN -> TURN_AROUND, deadline passed
      RUNNING PIVOT NONE -> CALL
      RUNNING PIVOT NONE -> WAIT
      RUNNING PIVOT NONE -> TURN_AROUND, cancelled
      RUNNING PIVOT STARTED -> VERIFY_ONLY
      RUNNING PIVOT RETRYING -> WAIT
      RUNNING PIVOT RETRYING -> CALL
      RUNNING PIVOT RETRYING -> VERIFY_THEN_CALL
      RUNNING PIVOT RETRYING -> VERIFY_ONLY
      RUNNING PIVOT FAILED -> TURN_AROUND
      RUNNING PIVOT UNKNOWN -> TURN_AROUND
      RUNNING PIVOT UNKNOWN -> STICK, nobody can tell whether the pivot took effect
      RUNNING RETRIABLE NONE -> CALL
      RUNNING RETRIABLE NONE -> WAIT
      RUNNING RETRIABLE STARTED -> VERIFY_ONLY
      RUNNING RETRIABLE RETRYING -> WAIT
      RUNNING RETRIABLE RETRYING -> CALL
      RUNNING RETRIABLE RETRYING -> VERIFY_THEN_CALL
      RUNNING RETRIABLE RETRYING -> VERIFY_ONLY
      RUNNING RETRIABLE FAILED -> CALL
      RUNNING RETRIABLE FAILED -> WAIT
      RUNNING RETRIABLE FAILED -> STICK, a step after the pivot cannot succeed
      RUNNING RETRIABLE UNKNOWN -> STICK, nobody can tell whether a step after the pivot took effect
      RUNNING - - -> COMPLETE
      RUNNING COMPENSATABLE SUCCEEDED -> TURN_AROUND, cancelled
      COMPENSATING COMPENSATABLE NONE -> COMPENSATE
      COMPENSATING COMPENSATABLE RETRYING -> WAIT
      COMPENSATING COMPENSATABLE RETRYING -> COMPENSATE
      COMPENSATING COMPENSATABLE FAILED -> STICK, its compensation cannot succeed
      COMPENSATING PIVOT NONE -> COMPENSATE
      COMPENSATING PIVOT RETRYING -> WAIT
      COMPENSATING PIVOT RETRYING -> COMPENSATE
      COMPENSATING PIVOT FAILED -> STICK, its compensation cannot succeed
      COMPENSATING - - -> WAIT
      COMPENSATING - - -> END_COMPENSATED
      COMPLETED - - -> REST
      COMPENSATED - - -> REST
      RESOLVED - - -> REST
      STUCK - - -> REST
      """;

  @ParameterizedTest(name = "{0} steps, up to {1} deviations, {2} sequences, at least {3} ways")
  @CsvSource({"1, 4, 10, 100000", "2, 3, 76, 300000", "3, 2, 520, 300000", "4, 1, 3376, 150000"})
  void keepsItsInvariantsOnEveryWayOfEverySequence(
      int steps, int deviations, int sequences, long ways) {
    List<Sequence> all = Sequence.all(steps);

    assertThat(all.size()).isEqualTo(sequences);
    assertThat(waysTaken(all, deviations))
        .as("a driver that gives up early proves nothing")
        .isGreaterThan(ways);
  }

  /** All of them would take minutes; a prime stride meets every kind at every place. */
  @Test
  void keepsItsInvariantsWithTwoDeviationsInSomeSequencesOfFourSteps() {
    List<Sequence> all = Sequence.all(4);
    var some = IntStream.range(0, all.size()).filter(i -> i % 29 == 0).mapToObj(all::get).toList();

    assertThat(waysTaken(some, 2)).isGreaterThan(100_000);
  }

  private static long waysTaken(List<Sequence> sequences, int deviations) {
    return sequences.parallelStream()
        .mapToLong(sequence -> Explorer.waysOf(sequence.definition(), deviations))
        .sum();
  }

  @Test
  void meetsEveryTransitionOfTheTableAndNoOther() {
    Set<String> met = new HashSet<>();
    for (int steps = 1; steps <= 2; steps++) {
      for (Sequence sequence : Sequence.all(steps)) {
        SagaDefinition<?, ?> definition = sequence.definition();
        var unused =
            new Explorer(
                    definition,
                    List.of(),
                    (state, decision) ->
                        Transitions.rows(definition, state, decision).forEach(met::add))
                .explore(3, 0);
      }
    }

    assertThat(met)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(TRANSITIONS.split("\n")).collect(Collectors.toSet()));
  }
}
