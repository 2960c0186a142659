package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** Payments that ought to have an order, the sagas of these, and what checks them. */
final class ReconciliationFixture implements AutoCloseable {
  static final String NAME = "payment-has-order";
  static final SagaDefinition<String, Done> PLACE_ORDER =
      Saga.define("place-order", String.class)
          .key(order -> order)
          .step(Step.named("pay", String.class).local((order, tx) -> {}).needsNoCompensation())
          .build();

  final TestDatabase database = TestDatabase.migrated();
  final JooqSagaStore store = database.store();
  final NodeId node = Fixtures.joined(store);

  ReconciliationFixture() {
    database.execute("create table %s.orders (id text primary key)");
    database.execute("create table %s.payment (order_id text)");
  }

  Invariant hasOrder() {
    return invariant(
        NAME,
        """
        select p.order_id as business_key, 'captured, no order' as detail
        from SCHEMA.payment p
        left join SCHEMA.orders o on o.id = p.order_id
        where o.id is null -- in flight or lost
        """);
  }

  /** Of another query, in which SCHEMA stands for the schema. */
  Invariant invariant(String name, String query) {
    return Invariant.of(PLACE_ORDER, name, query.replace("SCHEMA", database.schema()))
        .withInterval(Duration.ofHours(1));
  }

  /** One more node that has these. */
  Reconciliation node(Invariant... invariants) {
    return node(database.pool(), invariants);
  }

  Reconciliation node(DataSource reads, Invariant... invariants) {
    Reconciliation.Builder builder =
        Reconciliation.builder(SeededSqlBug.seededIn(database.pool()))
            .reads(reads)
            .schema(database.schema())
            .migration(Migration.NONE);
    List.of(invariants).forEach(builder::invariant);
    return builder.build();
  }

  /** A payment without an order. */
  void pay(String key) {
    database.execute("insert into %s.payment values ('" + key + "')");
  }

  void order(String key) {
    database.execute("insert into %s.orders values ('" + key + "')");
  }

  SagaId startSaga(String key) {
    NewSaga saga = Fixtures.saga(key, node);
    store.start(List.of(saga));
    return saga.id();
  }

  void endSaga(SagaId saga) {
    store.write(List.of(Fixtures.ended(new Fence(saga, node, 0), Fixtures.succeeded("pay", 1))));
  }

  /** Everything is due, and whoever is at it has been for too long. */
  void due() {
    database.execute("update %s.saga_invariant set next_at = clock_timestamp()");
  }

  /** One more check by that node, with what it has found. */
  List<Violation> check(Reconciliation by) {
    due();
    Duration unused = by.turn();
    return by.violations(NAME);
  }

  static InvariantReport report(Reconciliation reconciliation, String name) {
    return reconciliation.report().stream()
        .filter(report -> report.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    database.close();
  }
}
