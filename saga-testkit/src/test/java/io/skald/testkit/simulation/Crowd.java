package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.testkit.InMemorySagaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Three nodes, five sagas of different definitions. */
final class Crowd {
  static final int SAGAS = 5;

  private Crowd() {}

  static SagaSimulator of(Orders orders, long seed) {
    List<SagaDefinition<Orders.Order, Done>> all = orders.all();
    SagaSimulator crowd = SagaSimulator.of(pick(all, seed), new Orders.Order("order-0", 10));
    for (int at = 1; at < SAGAS; at++) {
      crowd = crowd.and(pick(all, seed * 3 + at), new Orders.Order("order-" + at, 10 + at));
    }
    return crowd
        .nodes(3)
        .seed(seed)
        .remote(orders.ledger())
        .beforeEach(orders::reset)
        .check(Crowd::checkMovements);
  }

  /** Three nodes, and sagas of every construct; those that wait are sent signals now and then. */
  static SagaSimulator ofConstructs(Orders orders, long seed) {
    List<SagaDefinition<Orders.Order, Done>> all = new Constructs(orders).all();
    var first = new Orders.Order("order-0", 10);
    SagaSimulator crowd = signalled(SagaSimulator.of(pick(all, seed), first), seed);
    for (int at = 1; at < SAGAS; at++) {
      long number = seed * 3 + at;
      var order = new Orders.Order("order-" + at, 10 + at);
      crowd = signalled(crowd.and(pick(all, number), order), number);
    }
    return crowd
        .nodes(3)
        .seed(seed)
        .remote(orders.ledger())
        .beforeEach(orders::reset)
        .check(Crowd::checkMovements);
  }

  private static SagaSimulator signalled(SagaSimulator crowd, long number) {
    Duration after = Duration.ofMillis(number * 1_700 % 45_000);
    return switch ((int) (number % 3)) {
      case 0 -> crowd;
      case 1 -> crowd.signal(Constructs.GO, "yes", after);
      default -> crowd.signalJoined(Constructs.GO, "yes", after);
    };
  }

  private static SagaDefinition<Orders.Order, Done> pick(
      List<SagaDefinition<Orders.Order, Done>> all, long number) {
    return all.get((int) (number % all.size()));
  }

  /** What was moved is moved back where the saga was compensated, and is moved once elsewhere. */
  static void checkMovements(InMemorySagaStore store) {
    var moved = new TreeMap<String, List<Integer>>();
    store
        .table("movement")
        .forEach(
            (key, cents) ->
                moved
                    .computeIfAbsent(key.substring(0, key.lastIndexOf('/')), k -> new ArrayList<>())
                    .add((Integer) cents));
    moved.forEach((place, cents) -> checkMovements(store, place, cents));
  }

  private static void checkMovements(InMemorySagaStore store, String place, List<Integer> cents) {
    SagaId saga = SagaId.parse(place.substring(0, place.indexOf('/')));
    int sum = cents.stream().mapToInt(Integer::intValue).sum();
    switch (store.load(saga).orElseThrow().saga().status()) {
      case COMPLETED -> assertThat(cents).as(place).hasSize(1);
      case COMPENSATED -> assertThat(sum).as(place).isZero();
      case STUCK, RESOLVED, RUNNING, COMPENSATING -> assertThat(cents).hasSizeLessThan(3);
    }
  }
}
