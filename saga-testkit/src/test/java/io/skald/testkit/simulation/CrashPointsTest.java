package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault at every point of every kind of saga, alone and in pairs. */
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
  void survivesPairsOfFaults(Broken broken) {
    CrashPointsReport report = CrashPoints.of(broken.simulator()).pairsMax(PAIRS).everyPair();
    assertThat(report.runs()).isEqualTo(PAIRS);
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
}
