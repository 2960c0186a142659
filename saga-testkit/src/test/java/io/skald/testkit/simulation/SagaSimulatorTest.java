package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.view.SagaStatus;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The engine's runs under random faults: the same code that runs on PostgreSQL, on a virtual clock.
 */
@Execution(ExecutionMode.CONCURRENT)
class SagaSimulatorTest {
  private static final int SEEDS = 2000;

  private final Orders orders = new Orders();
  private final Orders.Order order = new Orders.Order("order-1", 10);

  @Test
  void holdsEveryInvariantOverTwoThousandSeedsOfThreeNodesAndFiveSagas() {
    var struck = EnumSet.noneOf(Fault.class);
    var ends = new EnumMap<SagaStatus, Integer>(SagaStatus.class);
    for (long seed = 0; seed < SEEDS; seed++) {
      SimulationReport report = Crowd.of(orders, seed).run();
      struck.addAll(report.faults());
      report.ends().values().forEach(end -> ends.merge(end, 1, Integer::sum));
    }
    assertThat(struck).containsExactlyInAnyOrder(Fault.values());
    assertThat(ends)
        .containsOnlyKeys(SagaStatus.COMPLETED, SagaStatus.COMPENSATED, SagaStatus.STUCK);
  }

  @Test
  void holdsEveryInvariantOverAThousandSeedsOfSagasOfEveryConstruct() {
    var struck = EnumSet.noneOf(Fault.class);
    var ends = new EnumMap<SagaStatus, Integer>(SagaStatus.class);
    for (long seed = 0; seed < SEEDS / 2; seed++) {
      SimulationReport report = Crowd.ofConstructs(orders, seed).run();
      struck.addAll(report.faults());
      report.ends().values().forEach(end -> ends.merge(end, 1, Integer::sum));
    }
    assertThat(struck).containsExactlyInAnyOrder(Fault.values());
    assertThat(ends).containsKeys(SagaStatus.COMPLETED, SagaStatus.COMPENSATED);
  }

  @Test
  void holdsUnderManyMoreFaults() {
    FaultPlan plan = FaultPlan.random().probability(0.3).faultsMax(20);
    for (long seed = SEEDS; seed < SEEDS + 300; seed++) {
      assertThat(Crowd.of(orders, seed).faults(plan).run().faults()).isNotEmpty();
      assertThat(Crowd.ofConstructs(orders, seed).faults(plan).run().faults()).isNotEmpty();
    }
  }

  @Test
  void findsWhenAStepIsCancelledWhileFaultsStrike() {
    for (int point = 1; point <= 60; point++) {
      SimulationReport report = Crowd.of(orders, point).cancelAtPoint(point).run();
      assertThat(report.ends()).hasSize(Crowd.SAGAS);
    }
  }

  @Test
  void simulatesOneSaga() {
    SimulationReport report =
        SagaSimulator.of(orders.threeRemote(), order)
            .remote(orders.ledger())
            .nodes(3)
            .seed(42)
            .faults(FaultPlan.random())
            .run();
    assertThat(report.ends()).containsKey("order-1");
    assertThat(report.faults()).isNotEmpty();
  }

  @Test
  void runsToTheEndWhereNothingGoesWrong() {
    SimulationReport report =
        SagaSimulator.of(orders.mixedPivotLocal(), order)
            .remote(orders.ledger())
            .faults(FaultPlan.none())
            .run();
    assertThat(report.ends()).isEqualTo(Map.of("order-1", SagaStatus.COMPLETED));
    assertThat(report.attempts()).isEqualTo(4);
    assertThat(report.faults()).isEmpty();
  }

  @Test
  void repeatsARunByItsSeed() {
    assertThat(Crowd.of(orders, 7).run()).isEqualTo(Crowd.of(orders, 7).run());
  }

  @Test
  void refusesARunInWhichNoFaultStruck() {
    SagaSimulator simulator =
        SagaSimulator.of(orders.threeLocal(), order)
            .faults(FaultPlan.exactly(Map.of(999, Fault.DIES_AFTER)));
    assertThatThrownBy(simulator::run)
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("no fault struck");
  }

  @Test
  void saysSeedFaultsAndScheduleOfARunThatFails() {
    SagaSimulator simulator =
        SagaSimulator.of(orders.threeLocal(), order)
            .seed(5)
            .check(store -> assertThat(store.table("movement")).isEmpty());
    assertThatThrownBy(simulator::run)
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("seed 5")
        .hasMessageContaining("START starts order-1");
  }

  @Test
  void showsTheShortestScheduleThatFails() {
    SagaSimulator simulator = Crowd.of(orders, 3).store(BrokenStores.CLAIM_KEEPS_EPOCH.decorator());
    Replay first = simulator.replay();
    long seed = 3;
    while (first.holds()) {
      first = Crowd.of(orders, ++seed).store(BrokenStores.CLAIM_KEEPS_EPOCH.decorator()).replay();
    }
    Replay shortest = first.shortest();
    assertThat(shortest.holds()).isFalse();
    assertThat(shortest.faults()).hasSizeLessThanOrEqualTo(first.faults().size());
  }
}
