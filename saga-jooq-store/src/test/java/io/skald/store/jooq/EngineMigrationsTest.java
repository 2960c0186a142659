package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Migration;
import io.skald.saga.Saga;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.InFlightReport;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sagas in flight that are moved from one version to the next, on real PostgreSQL. */
class EngineMigrationsTest extends MigrationScene {

  @Test
  void aSagaIsMovedUnderTheNextEpochWithAnAuditRowAndGoesOnThere() throws Exception {
    var source = version(head(1), book, pause, check);
    var target = version(head(2), book, pause, check, ship);
    SagaId id = left(source);
    String epoch = epoch();
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());

    assertThat(Long.parseLong(epoch())).isEqualTo(Long.parseLong(epoch) + 1);
    assertThat(
            fixture.database.value(
                "select actor || ', ' || action || ': ' || reason from %s.saga_audit"))
        .isEqualTo("ada, migrate: the old one has a fault");
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(engine.view(id).orElseThrow().version()).isEqualTo(2);
    assertThat(calls).containsExactly("check", "ship");
  }

  @Test
  void aResultOfAnotherTypeIsBroughtToItAndAnUnreadableOneKeepsItsSaga() throws Exception {
    record Booking(String text) {}
    var booking =
        Step.named("book", Order.class)
            .local(Booking.class, (order, tx) -> new Booking("new"))
            .compensation((order, row, tx) -> {});
    var source = version(head(1), book, pause);
    var target =
        head(2)
            .step(booking)
            .step(pause)
            .returning(String.class, (order, results) -> results.resultOf(booking).text());
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    String before = dump();
    var wrong = Migration.from(source).to(target).result(booking, json -> "[]").build();
    for (var report : List.of(engine.versions().dryRun(wrong), migrate(engine, wrong))) {
      assertThat(report.fit()).isZero();
      assertThat(report.unreadable().firstKey())
          .startsWith("the result of step book cannot be read: payload cannot be read as ");
      assertThat(report.unreadable().values()).first().returns(id, InFlightReport.Sample::example);
    }
    assertThat(dump()).isEqualTo(before);

    assertMoved(
        engine,
        Migration.from(source)
            .to(target)
            .result(booking, json -> "{\"text\":" + json + "}")
            .build());
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("book of o1"));
  }

  @Test
  void anInputOfAnotherTypeIsBroughtToItAndItsKeyIsStartedAgain() {
    record Parcel(String id, int weight) {}
    var source = version(head(1), pause);
    var target = Saga.define("moved", Parcel.class).version(2).key(Parcel::id).step(pause).build();
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(
        engine,
        Migration.from(source).to(target).input(json -> "{\"id\":\"o1\",\"weight\":3}").build());

    assertThat(engine.start(target, new Parcel("o1", 3)).id()).isEqualTo(id);
    assertThat(engine.versions().dryRun(target).fit()).isEqualTo(1);
  }

  @Test
  void aSagaThatANodeRunsIsLeftAloneAndCounted() throws Exception {
    var source = version(head(1), book, pause);
    var target = version(head(2), book, pause, ship);
    SagaId id = left(source);
    fixture.database.execute("update %s.saga set owner = gen_random_uuid(), wake_at = null");
    String before = dump();
    SagaEngine engine = fixture.built(builder -> builder, target);
    Migration migration = Migration.from(source).to(target).build();

    assertThat(engine.versions().dryRun(migration)).hasToString("1 fit, 1 owned by a node");
    assertThat(migrate(engine, migration)).hasToString("0 fit, 1 owned by a node");
    assertThat(dump()).isEqualTo(before);
    fixture.await(fixture.open(source), id, SagaStatus.RUNNING);
    awaitParked();
    assertMoved(engine, migration);
  }

  @Test
  void aStuckSagaIsMovedAndRetriedThere() {
    var failing =
        Step.named("failing", Order.class)
            .local((order, tx) -> {})
            .compensation(
                (order, done, tx) -> {
                  throw new PermanentFailure("never");
                });
    var mended =
        Step.named("failing", Order.class)
            .local((order, tx) -> {})
            .compensation((order, done, tx) -> calls.add("mended"));
    var source = version(head(1), failing, pause);
    var target = version(head(2), mended, pause, ship);
    SagaEngine old = fixture.open(source);
    SagaId id = old.start(source, Order.of("o1")).id();
    awaitParked();
    old.operator().cancel(id, "ada", "no longer wanted");
    fixture.await(old, id, SagaStatus.STUCK);
    old.close();

    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());
    assertThat(engine.view(id).orElseThrow().status()).isEqualTo(SagaStatus.STUCK);
    engine.operator().retry(id, "ada", "deployed what mends it");
    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("mended");
  }

  @Test
  void aMoveBackIsAMoveLikeAnyOther() throws Exception {
    var source = version(head(1), book, pause, ship);
    var target = version(head(2), check, book, pause, ship);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(source, target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "none").build());
    assertMoved(engine, Migration.from(target).to(source).dropped(check).build());
    engine.close();

    SagaEngine older = fixture.open(source);
    older.signal(source, "o1", GO, "now");
    SagaView end = fixture.await(older, id, SagaStatus.COMPLETED);
    assertThat(end.version()).isEqualTo(1);
    assertThat(end.steps()).allMatch(step -> step.status() == LogStatus.SUCCEEDED);
    assertThat(calls).containsExactly("ship");
  }

  @Test
  void aMoveIsMadeByANodeThatKnowsWhereTo() {
    var source = version(head(1), book, pause);
    var target = version(head(2), book, pause, ship);
    SagaEngine engine = fixture.built(builder -> builder, source);
    Migration migration = Migration.from(source).to(target).build();
    assertThatThrownBy(() -> migrate(engine, migration)).isInstanceOf(UnknownSagaException.class);
  }
}
