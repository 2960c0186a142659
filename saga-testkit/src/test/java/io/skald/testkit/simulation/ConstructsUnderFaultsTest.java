package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.view.SagaStatus;
import io.skald.testkit.InMemorySagaStore;
import io.skald.testkit.simulation.Orders.Failing;
import io.skald.testkit.simulation.Orders.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every construct of the language: every fault at every point, some of the pairs of them, and
 * random ones.
 */
// the simulations of one test share their orders, and run one after another; other tests beside
// them
@Execution(ExecutionMode.CONCURRENT)
class ConstructsUnderFaultsTest {
  private static final int PAIRS = 50;
  private static final int SEEDS = 60;
  private static final int CANCELLED_SEEDS = 4;

  /** A simulation with a name, and how it ends where nothing goes wrong. */
  record Broken(String name, SagaSimulator simulator, SagaStatus calmEnd) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Broken> constructs() {
    var orders = new Orders();
    var constructs = new Constructs(orders);
    var all = new ArrayList<Broken>();
    completed(orders, List.of(constructs.parallel(), constructs.choice(), constructs.forEach()))
        .forEach(all::add);
    completed(orders, List.of(constructs.delays(), constructs.nestedTail())).forEach(all::add);
    completed(orders, List.of(constructs.tcc(), constructs.child())).forEach(all::add);
    Stream.of(
            constructs.compensatedOneByOne(),
            constructs.compensatedTogether(),
            constructs.failingBranch(Failing.PERMANENTLY),
            constructs.failingLocalBranch(),
            constructs.refusal(),
            constructs.forEachLocal(),
            constructs.forEachFailing(),
            constructs.deadline(),
            constructs.tccCancelled(),
            constructs.childCalledBack(),
            constructs.childFails(),
            constructs.nested())
        .map(saga -> new Broken(saga.name(), of(orders, saga), SagaStatus.COMPENSATED))
        .forEach(all::add);
    all.addAll(waits(orders, constructs));
    all.addAll(handedOut(orders, constructs));
    all.addAll(operated(orders, constructs));
    all.addAll(locked(orders, constructs));
    return all.stream();
  }

  private static Stream<Broken> completed(Orders orders, List<SagaDefinition<Order, Done>> sagas) {
    return sagas.stream()
        .map(saga -> new Broken(saga.name(), of(orders, saga), SagaStatus.COMPLETED));
  }

  private static List<Broken> waits(Orders orders, Constructs constructs) {
    SagaSimulator before = of(orders, constructs.awaitOrCompensate());
    SagaSimulator after = of(orders, constructs.awaitOrElse());
    SagaSimulator async = of(orders, constructs.async());
    SagaSimulator beside = of(orders, constructs.awaitBeside());
    Duration early = Duration.ZERO;
    Duration meanwhile = Duration.ofSeconds(10);
    Duration late = Constructs.WITHIN.multipliedBy(3);
    return List.of(
        new Broken("await: nothing comes", before, SagaStatus.COMPENSATED),
        new Broken(
            "await: early", before.signal(Constructs.GO, "yes", early), SagaStatus.COMPLETED),
        new Broken(
            "await: in time", before.signal(Constructs.GO, "yes", meanwhile), SagaStatus.COMPLETED),
        new Broken(
            "await: in time, joined",
            before.signalJoined(Constructs.GO, "yes", meanwhile),
            SagaStatus.COMPLETED),
        new Broken(
            "await: late", before.signal(Constructs.GO, "yes", late), SagaStatus.COMPENSATED),
        new Broken("async: nothing comes", async, SagaStatus.COMPENSATED),
        new Broken(
            "async: completed at once",
            async.completion(constructs.handedOut(), "done", early),
            SagaStatus.COMPLETED),
        new Broken(
            "async: completed",
            async.completion(constructs.handedOut(), "done", meanwhile),
            SagaStatus.COMPLETED),
        new Broken("await or else: nothing comes", after, SagaStatus.COMPLETED),
        new Broken(
            "await or else: twice",
            after
                .signal(Constructs.GO, "yes", meanwhile)
                .signalJoined(Constructs.GO, "no", meanwhile),
            SagaStatus.COMPLETED),
        new Broken(
            "await beside: one of two",
            beside.signalJoined(Constructs.GO, "yes", Duration.ofMillis(30)),
            SagaStatus.COMPLETED),
        new Broken(
            "await beside: both",
            beside.signal(Constructs.GO, "yes", early).signal(Constructs.GO, "no", meanwhile),
            SagaStatus.COMPLETED));
  }

  /** What whoever has the work says by the token they were given. */
  private static List<Broken> handedOut(Orders orders, Constructs constructs) {
    Duration soon = Duration.ofSeconds(8);
    SagaSimulator each =
        of(orders, constructs.asyncEach())
            .alive(constructs.handedOutAlive(), soon)
            .alive(constructs.handedOutAlive(), soon.multipliedBy(2))
            .completed(constructs.handedOutAlive(), "done", soon.multipliedBy(3));
    SagaSimulator fails =
        of(orders, constructs.asyncFails()).failed(constructs.handedOutInVain(), "no van", soon);
    SagaSimulator unanswered =
        of(orders, constructs.asyncUnanswered())
            .completed(constructs.handedOutUnanswered(), "done", Duration.ZERO)
            .check(ConstructsUnderFaultsTest::checkThatCompletionsCount);
    return List.of(
        new Broken("async: alive, then completed, each", each, SagaStatus.COMPLETED),
        new Broken("async: fails", fails, SagaStatus.COMPENSATED),
        new Broken("async: completed, never answered", unanswered, SagaStatus.COMPLETED));
  }

  /** What spent attempts mean, and what an operator does with what is stuck. */
  private static List<Broken> operated(Orders orders, Constructs constructs) {
    var policies = new Policies(orders);
    SagaSimulator goingOn =
        of(orders, policies.goingOn())
            .check(store -> Policies.checkHeeded(store, Set.of("a", "b", "t")));
    SagaSimulator skipped =
        of(orders, policies.compensationSkipped()).check(Policies::checkNeverStuck);
    SagaSimulator moved =
        of(orders, policies.operated())
            .whenStuck(policies::operate)
            .check(store -> Policies.checkHeeded(store, Set.of("a", "b")));
    SagaSimulator movedBack =
        of(orders, policies.operatedBack())
            .whenStuck(policies::operateBack)
            .check(store -> Policies.checkHeeded(store, Set.of("d")));
    SagaSimulator child = of(orders, constructs.childAfterPivot()).whenStuck(Policies::retry);
    return List.of(
        new Broken("policies: goes on", goingOn, SagaStatus.COMPLETED),
        new Broken("policies: compensation skipped", skipped, SagaStatus.COMPENSATED),
        new Broken("operator: retries, skips, resolves", moved, SagaStatus.RESOLVED),
        new Broken("operator: cancels, skips, retries", movedBack, SagaStatus.COMPENSATED),
        new Broken("child after the pivot", child, SagaStatus.COMPLETED));
  }

  /** Two or three that want the same lock, in one order and in the other. */
  private static List<Broken> locked(Orders orders, Constructs constructs) {
    var second = new Order("order-2", 20);
    SagaDefinition<Order, Done> locked = constructs.locked();
    SagaSimulator same =
        of(orders, locked)
            .and(constructs.lockedOtherwise(), second)
            .and(locked, new Order("order-3", 30));
    SagaSimulator awaited =
        of(orders, constructs.lockedAwaiting())
            .signal(Constructs.GO, "yes", Duration.ofSeconds(20))
            .and(constructs.lockedImpatient(), second);
    SagaSimulator child = of(orders, constructs.lockedChild()).and(locked, second);
    SagaSimulator back = of(orders, constructs.lockedChildCalledBack()).and(locked, second);
    SagaSimulator refused = of(orders, constructs.lockedChildRefused()).and(locked, second);
    return List.of(
        new Broken("locked: three", same, SagaStatus.COMPLETED),
        new Broken("locked: one waits too long", awaited, SagaStatus.COMPLETED),
        new Broken("locked: with a child", child, SagaStatus.COMPLETED),
        new Broken("locked: with a child called back", back, SagaStatus.COMPENSATED),
        new Broken("locked: with a child refused", refused, SagaStatus.COMPENSATED));
  }

  /** Nothing but a cancel turns a saga around over a completion that was accepted. */
  private static void checkThatCompletionsCount(InMemorySagaStore store) {
    Crowd.checkMovements(store);
    var saga = store.findByKey("order-1", 1).getFirst();
    if (saga.status() == SagaStatus.COMPENSATED && saga.cancelRequestedAt() == null) {
      assertThat(store.signals(saga.id()).pending()).isEmpty();
    }
  }

  private static SagaSimulator of(Orders orders, SagaDefinition<Order, Done> saga) {
    SagaSimulator simulator =
        SagaSimulator.of(saga, new Order("order-1", 10))
            .remote(orders.ledger())
            .beforeEach(orders::reset)
            .check(Crowd::checkMovements);
    // a sub-saga that is stuck keeps its parent waiting until an operator moves it
    return saga.name().contains("child") ? simulator.whenStuck(Policies::retry) : simulator;
  }

  @ParameterizedTest
  @MethodSource("constructs")
  @ResourceLock("orders: calm")
  void endsAsItShouldWhereNothingGoesWrong(Broken broken) {
    SimulationReport report = broken.simulator().faults(FaultPlan.none()).run();
    assertThat(report.ends()).containsEntry("order-1", broken.calmEnd());
  }

  @ParameterizedTest
  @MethodSource("constructs")
  @ResourceLock("orders: singles")
  void survivesEveryFaultAtEveryPoint(Broken broken) {
    CrashPointsReport report = CrashPoints.of(broken.simulator()).everySingle();
    assertThat(report.runs()).isGreaterThan(report.points());
  }

  @ParameterizedTest
  @MethodSource("constructs")
  @ResourceLock("orders: pairs")
  void survivesSomePairsOfFaults(Broken broken) {
    Pairs.survives(broken.name(), broken.simulator(), PAIRS);
  }

  @ParameterizedTest
  @MethodSource("constructs")
  @ResourceLock("orders: random")
  void survivesRandomFaults(Broken broken) {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertThat(broken.simulator().seed(seed).nodes(3).run().faults()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("constructs")
  @ResourceLock("orders: cancelled")
  void survivesACancelAtEveryPoint(Broken broken) {
    int points = broken.simulator().faults(FaultPlan.none()).run().schedule().size();
    for (int point = 2; point <= points; point++) {
      SagaSimulator cancelled = broken.simulator().cancelAtPoint(point);
      assertThat(cancelled.faults(FaultPlan.none()).run().ends()).containsKey("order-1");
      for (long seed = 0; seed < CANCELLED_SEEDS; seed++) {
        assertThat(cancelled.seed(seed).run().faults()).isNotEmpty();
      }
    }
  }
}
