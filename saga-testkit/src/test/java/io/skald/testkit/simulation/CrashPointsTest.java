package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault at every point of every kind of saga, alone, and some of the pairs. */
// one simulation after another, as they share their orders; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("orders of CrashPointsTest")
class CrashPointsTest {
  private static final int PAIRS = 400;

  /** A definition and the participant its handlers call. */
  record Broken(SagaDefinition<Orders.Order, Done> definition, Orders orders, String name) {
    SagaSimulator simulator() {
      return SagaSimulator.of(definition, new Orders.Order("order-1", 10))
          .remote(orders.ledger())
          .beforeEach(orders::reset)
          .check(Crowd::checkMovements);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Broken> definitions() {
    var all = new ArrayList<Broken>();
    var orders = new Orders();
    orders.all().forEach(saga -> all.add(new Broken(saga, orders, saga.name())));
    for (int position = 0; position < 3; position++) {
      for (Orders.Failing how : Orders.Failing.values()) {
        String name = "fails at %d %s".formatted(position, how);
        all.add(new Broken(orders.failingAt(position, how), orders, name));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void survivesEveryFaultAtEveryPoint(Broken broken) {
    CrashPointsReport report = CrashPoints.of(broken.simulator()).everySingle();
    assertThat(report.runs()).isGreaterThan(report.points());
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void survivesSomePairsOfFaults(Broken broken) {
    Pairs.survives(broken.name(), broken.simulator(), PAIRS);
  }

  @Test
  void triesEveryPairWhereThatIsAsked() {
    var orders = new Orders();
    var once = Saga.define("once", Orders.Order.class).step(orders.local("a")).build();
    CrashPointsReport report =
        CrashPoints.of(SagaSimulator.of(once, new Orders.Order("order-1", 10)).nodes(1))
            .everyPair();
    assertThat(report.runs()).isEqualTo(report.possible()).isGreaterThan(report.points());
  }

  @Test
  void survivesACancelAtEveryPointTogetherWithEveryFaultAtEveryPoint() {
    List<Broken> cancelled =
        definitions().filter(broken -> broken.definition().pivot().isPresent()).toList();
    for (Broken broken : cancelled) {
      int points = CrashPoints.of(broken.simulator()).everySingle().points();
      for (int point = 2; point <= points; point++) {
        CrashPoints.of(broken.simulator().cancelAtPoint(point)).everySingle();
      }
    }
    assertThat(cancelled).isNotEmpty();
  }

  @Test
  void refusesHandlersThatRememberTheRunBefore() {
    var charged = new HashSet<String>();
    var charge =
        Step.named("charge", String.class)
            .remote(
                (order, call) -> {
                  if (!charged.add(call.idempotencyKey())) {
                    throw new PermanentFailure("charged before");
                  }
                })
            .needsNoCompensation();
    var saga = Saga.define("remembered", String.class).step(charge).build();

    assertThatThrownBy(() -> CrashPoints.of(saga, "order").everySingle())
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("keep nothing from one run to the next");
    var forgetful = SagaSimulator.of(saga, "order").beforeEach(charged::clear);
    assertThat(CrashPoints.of(forgetful).everySingle().points()).isPositive();
  }
}
