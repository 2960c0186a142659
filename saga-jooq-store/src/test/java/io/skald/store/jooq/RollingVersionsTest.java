package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A deployment of version 2 of a definition beside version 1, back to version 1 alone and forward
 * again, under load, on real PostgreSQL: no saga is lost, no effect is repeated or left out.
 */
class RollingVersionsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final Duration LONG = Duration.ofMinutes(2);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final Queue<String> charged = new ConcurrentLinkedQueue<>();
  private final SagaDefinition<Order, Integer> first = first();
  private final SagaDefinition<Order, Integer> second = second();
  private final Map<SagaId, Integer> started = Collections.synchronizedMap(new LinkedHashMap<>());
  private final AtomicInteger orders = new AtomicInteger();

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaDefinition<Order, Integer> first() {
    return Saga.define("rolled", Order.class)
        .version(1)
        .key(Order::id)
        .step(inserting("reserve"))
        .step(Step.delay("rest", Duration.ofMillis(150)))
        .step(charging())
        .step(inserting("ship"))
        .returning(Integer.class, (order, results) -> 1);
  }

  /** A step more, another order, and a wait in place of a rest. */
  private SagaDefinition<Order, Integer> second() {
    return Saga.define("rolled", Order.class)
        .version(2)
        .key(Order::id)
        .step(inserting("check"))
        .step(charging())
        .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
        .step(inserting("reserve"))
        .step(inserting("ship"))
        .returning(Integer.class, (order, results) -> 2);
  }

  /** The table's key refuses a second effect, and the saga would fail. */
  private CompensatableStep<Order, OrderSteps.Row> inserting(String name) {
    return Step.named(name, Order.class)
        .local(
            OrderSteps.Row.class,
            (order, tx) -> {
              steps.insert(tx, order.id() + " " + name);
              return new OrderSteps.Row(name);
            })
        .needsNoCompensation();
  }

  private CompensatableStep<Order, ?> charging() {
    return Step.named("charge", Order.class)
        .remote((order, call) -> charged.add(call.idempotencyKey()))
        .retry(OrderSteps.QUICK)
        .needsNoCompensation();
  }

  private SagaEngine open(SagaDefinition<?, ?>... definitions) {
    EngineOptions patient = EngineFixture.impatient().withShutdownTimeout(Duration.ofSeconds(30));
    return fixture.open(builder -> builder.options(patient), definitions);
  }

  /** Sagas, one after another, until it is closed. */
  private final class Load implements AutoCloseable {
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CompletableFuture<Void> end;

    Load(SagaEngine engine, SagaDefinition<Order, Integer> version) {
      this.end = CompletableFuture.runAsync(() -> run(engine, version));
    }

    private void run(SagaEngine engine, SagaDefinition<Order, Integer> version) {
      while (!ending.get()) {
        Order order = Order.of("o" + orders.incrementAndGet());
        started.put(engine.start(version, order).id(), version.version());
      }
    }

    /** Goes on until some more have been started. */
    Load some() {
      int before = started.size();
      awaitThat(() -> started.size() >= before + 40 || end.isDone());
      return this;
    }

    void stop() {
      ending.set(true);
      var unused = end.join();
    }

    @Override
    public void close() {
      stop();
    }
  }

  private static void awaitThat(Callable<Boolean> condition) {
    Awaitility.await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  @Test
  void aDeploymentOfTheNextVersionAndBackLosesAndRepeatsNothing() throws Exception {
    SagaEngine old = open(first);
    SagaEngine next;
    try (var load = new Load(old, first).some()) {
      next = open(first, second);
      try (var more = new Load(next, second).some()) {
        load.stop();
        old.close();
        more.some();
      }
    }
    SagaEngine back;
    try (var load = new Load(next, second).some()) {
      back = open(first);
      try (var more = new Load(back, first).some()) {
        load.stop();
        next.close();
        more.some();
      }
    }
    List<SagaId> left = goAll(back);
    try (var load = new Load(back, first).some()) {
      load.some();
    }
    awaitThat(() -> ids(1).stream().allMatch(id -> hasEnded(back, id)));
    assertThat(left)
        .as("what only version 2 can go on with is left where it was")
        .isNotEmpty()
        .allSatisfy(id -> assertThat(view(back, id).status()).isEqualTo(SagaStatus.RUNNING));

    SagaEngine again = open(first, second);
    back.close();
    awaitThat(() -> started.keySet().stream().allMatch(id -> hasEnded(again, id)));
    assertNothingIsLostOrRepeated(again);
  }

  /** Sends every saga of version 2 what it waits for; answers them. */
  private List<SagaId> goAll(SagaEngine engine) {
    List<SagaId> waiting = ids(2);
    waiting.forEach(id -> engine.signal(id, GO, "now"));
    return waiting;
  }

  private List<SagaId> ids(int version) {
    var ids = new ArrayList<SagaId>();
    synchronized (started) {
      started.forEach(
          (id, of) -> {
            if (of == version) {
              ids.add(id);
            }
          });
    }
    return ids;
  }

  private static SagaView view(SagaEngine engine, SagaId id) {
    return engine.view(id).orElseThrow();
  }

  private static boolean hasEnded(SagaEngine engine, SagaId id) {
    SagaStatus status = view(engine, id).status();
    return status.isEnd() || status == SagaStatus.STUCK;
  }

  private void assertNothingIsLostOrRepeated(SagaEngine engine) {
    assertThat(fixture.database.count("saga")).isEqualTo(started.size());
    assertThat(charged).hasSize(started.size()).doesNotHaveDuplicates();
    assertThat(fixture.database.count("business")).isEqualTo(2 * ids(1).size() + 3 * ids(2).size());
    for (Map.Entry<SagaId, Integer> one : started.entrySet()) {
      SagaView saga = view(engine, one.getKey());
      assertThat(saga.status()).isEqualTo(SagaStatus.COMPLETED);
      assertThat(saga.version()).isEqualTo(one.getValue());
      assertThat(saga.steps())
          .allMatch(step -> step.status() == LogStatus.SUCCEEDED)
          .extracting(SagaView.StepView::path)
          .containsExactlyElementsOf(
              one.getValue() == 1
                  ? List.of("reserve", "rest", "charge", "ship")
                  : List.of("check", "charge", "wait", "reserve", "ship"));
    }
  }
}
