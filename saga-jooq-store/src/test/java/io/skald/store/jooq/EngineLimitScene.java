package io.skald.store.jooq;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;

/** Sagas behind a limit of the fleet of one attempt at a time, on real PostgreSQL. */
abstract class EngineLimitScene {
  final EngineFixture fixture = new EngineFixture();
  final List<String> calls = new CopyOnWriteArrayList<>();
  final CountDownLatch holding = new CountDownLatch(1);
  final CountDownLatch refusing = new CountDownLatch(1);

  @AfterEach
  void close() {
    holding.countDown();
    refusing.countDown();
    fixture.close();
  }

  SagaEngine open(SagaDefinition<?, ?>... sagas) {
    return fixture.open(builder -> builder.limit(Limit.concurrent("bank", 1)), sagas);
  }

  CompensatableStep<Order, Done> charge(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> calls.add(name + " " + order.id()))
        .guard("bank")
        .compensation((order, done, call) -> calls.add("refund " + order.id()));
  }

  SagaDefinition<Order, Done> charging() {
    return Saga.define("charging", Order.class).key(Order::id).step(charge("charge")).build();
  }

  /** Has the only permit until it is let go. */
  SagaDefinition<Order, Done> holder() {
    var hold =
        Step.named("hold", Order.class)
            .remote(
                (order, call) -> {
                  calls.add("hold");
                  holding.await();
                })
            .timeout(Duration.ofMinutes(1))
            .guard("bank")
            .needsNoCompensation();
    return Saga.define("holder", Order.class).key(Order::id).step(hold).build();
  }

  /** Turns around after its charge, when it is let. */
  SagaDefinition<Order, Done> refused() {
    var refuse =
        Step.named("refuse", Order.class)
            .remote(
                (order, call) -> {
                  calls.add("refuse");
                  refusing.await();
                  throw new PermanentFailure("no");
                })
            .timeout(Duration.ofMinutes(1))
            .needsNoCompensation();
    return Saga.define("refused", Order.class)
        .key(Order::id)
        .step(charge("charge"))
        .step(refuse)
        .build();
  }

  /** A node that runs it, while one saga has the only permit. */
  SagaEngine openHeld(SagaDefinition<?, ?> saga) {
    SagaDefinition<Order, Done> holder = holder();
    SagaEngine engine = open(saga, holder);
    var unused = engine.start(holder, Order.of("h"));
    awaitCall("hold");
    return engine;
  }

  void awaitCall(String call) {
    TestDatabase.await(() -> calls.contains(call));
  }

  void awaitWaiters(int count) {
    TestDatabase.await(() -> fixture.database.count("saga_limit_waiter") == count);
  }

  static <O> SagaEnd<O> end(SagaHandle<O> handle) throws Exception {
    return handle.await(EngineFixture.SOON);
  }

  static SagaEngine openOn(WatchedStore watched, SagaDefinition<?, ?>... sagas) {
    var builder =
        SagaEngine.builder(watched.asStore())
            .options(EngineFixture.impatient())
            .limit(Limit.concurrent("bank", 1));
    for (SagaDefinition<?, ?> saga : sagas) {
      builder.define(saga);
    }
    SagaEngine engine = builder.build();
    engine.open();
    return engine;
  }
}
