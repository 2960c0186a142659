package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Compensatable;
import io.skald.saga.Migration;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.InFlightReport;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** Sagas that are left waiting in one version, and what is said of a move to another. */
abstract class MigrationScene {
  static final Signal<String> GO = Signal.named("go", String.class);
  static final Duration DAY = Duration.ofDays(1);

  final EngineFixture fixture = new EngineFixture();
  final List<String> calls = new CopyOnWriteArrayList<>();
  final CompensatableStep<Order, String> book = local("book");
  final CompensatableStep<Order, String> check = local("check");
  final CompensatableStep<Order, String> call = remote("call");
  final CompensatablePart<Object, String> pause = Step.await("wait", GO).within(DAY).orCompensate();
  final CompensatableStep<Order, String> ship = local("ship");

  @AfterEach
  void close() {
    fixture.close();
  }

  CompensatableStep<Order, String> local(String name) {
    return Step.named(name, Order.class)
        .local(
            String.class,
            (order, tx) -> {
              calls.add(name);
              return name + " of " + order.id();
            })
        .compensation((order, result, tx) -> calls.add("took back " + result));
  }

  CompensatableStep<Order, String> remote(String name) {
    return Step.named(name, Order.class)
        .remote(
            String.class,
            (order, call) -> {
              calls.add(name);
              return name + " of " + order.id();
            })
        .compensation((order, result, call) -> calls.add("took back by " + call.actionKey()));
  }

  static SagaHead<Order> head(int number) {
    return Saga.define("moved", Order.class).version(number).key(Order::id);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // read once
  static SagaDefinition<Order, Integer> version(
      SagaHead<Order> head, Compensatable<? super Order, ?>... steps) {
    int number = head.step(steps[0]).build().version();
    var body = head.step(steps[0]);
    for (int at = 1; at < steps.length; at++) {
      body = body.step(steps[at]);
    }
    return body.returning(Integer.class, (order, results) -> number);
  }

  /** A saga that waits, and whose engine has gone. */
  SagaId left(SagaDefinition<Order, ?> source) {
    SagaEngine engine = fixture.open(source);
    SagaId id = engine.start(source, Order.of("o1")).id();
    awaitParked();
    engine.close();
    calls.clear();
    return id;
  }

  void awaitParked() {
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> fixture.database.value("select owner from %s.saga").equals("null"));
  }

  String epoch() {
    return fixture.database.value("select epoch from %s.saga");
  }

  static InFlightReport migrate(SagaEngine engine, Migration migration) {
    return engine.versions().migrate(migration, "ada", "the old one has a fault");
  }

  void assertMoved(SagaEngine engine, Migration migration) {
    assertThat(engine.versions().dryRun(migration).fit()).isEqualTo(1);
    InFlightReport report = migrate(engine, migration);
    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.fit()).isEqualTo(1);
  }

  /** Neither a dry run nor a move has changed anything. */
  void assertStays(SagaDefinition<?, ?> source, Migration migration, String reason) {
    String before = dump();
    SagaEngine engine = fixture.open(source, migration.target());
    for (InFlightReport report :
        List.of(engine.versions().dryRun(migration), migrate(engine, migration))) {
      assertThat(report.fit()).isZero();
      assertThat(report.staying()).containsOnlyKeys(reason);
      assertThat(report.staying().get(reason).sagas()).isEqualTo(1);
    }
    assertThat(dump()).isEqualTo(before);
  }

  String dump() {
    return fixture.database.value(
        """
        select (select string_agg(s::text, ' ') from %s.saga s)
          || (select string_agg(l::text, ' ' order by l.seq) from %s.saga_log l)
        """);
  }

  static List<String> steps(SagaView saga) {
    return saga.steps().stream().map(step -> step.path() + " " + step.status()).toList();
  }
}
