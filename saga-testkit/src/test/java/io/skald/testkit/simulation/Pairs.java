package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The share of all pairs of faults that a build tries: {@code -Dskald.simulation.seed} takes
 * others; {@code -Dskald.simulation.pairs=all} tries all of them, a number that many of each saga,
 * and {@code -Dskald.simulation.saga} those of one.
 */
final class Pairs {
  private static final long SEED = Long.getLong("skald.simulation.seed", 1);
  private static final String ASKED = System.getProperty("skald.simulation.pairs", "");
  private static final String SAGA = System.getProperty("skald.simulation.saga", "");

  private Pairs() {}

  /** Tries some pairs of a saga: so many, where the command line says nothing else. */
  static void survives(String saga, SagaSimulator simulator, int usual) {
    assumeTrue(SAGA.isEmpty() || SAGA.equals(saga));
    int max =
        switch (ASKED) {
          case "" -> usual;
          case "all" -> Integer.MAX_VALUE;
          default -> Integer.parseInt(ASKED);
        };
    CrashPointsReport report = CrashPoints.of(simulator.seed(SEED)).pairs(max);
    assertThat(report.runs()).isEqualTo(Math.min(max, report.possible())).isPositive();
  }
}
