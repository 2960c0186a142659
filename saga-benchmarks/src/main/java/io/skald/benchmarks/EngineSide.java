package io.skald.benchmarks;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Results;
import io.skald.store.jooq.JooqSagaStore;
import io.skald.store.jooq.Migration;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The engine's side: start, then wait for the end. */
final class EngineSide implements Side {
  /** Heartbeat, claims, housekeeping, and one for the journal's leader. */
  private static final int CONNECTIONS_OF_ITS_OWN = 4;

  /** The engine's own purge is to find nothing, whatever was filled in. */
  private static final Duration LONG = Duration.ofDays(3650);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Server server;
  private final Workload workload;
  private final String schema;
  private final Pool pool;
  private final JooqSagaStore store;
  private final SagaEngine engine;
  private final SagaDefinition<PlaceOrder, Receipt> saga;

  private EngineSide(Server server, Workload workload, String schema, int callers) {
    this.server = server;
    this.workload = workload;
    this.schema = schema;
    this.pool = new Pool(server, schema, callers + CONNECTIONS_OF_ITS_OWN);
    this.saga = definition(workload.work());
    this.store =
        JooqSagaStore.builder(pool.dataSource()).schema(schema).migration(Migration.AUTO).build();
    EngineOptions defaults = EngineOptions.defaults().withNodeName("benchmark");
    int room = (int) Math.ceil(workload.callers() / (1 - defaults.urgentShare()));
    // what a caller waits for should run
    int concurrency = Math.max(defaults.concurrency(), room);
    this.engine =
        SagaEngine.builder(store)
            .options(defaults.withConcurrency(concurrency).withRetention(LONG))
            .define(saga)
            .build();
    engine.open();
  }

  /** An engine on tables made anew. */
  static EngineSide fresh(Server server, Workload workload) throws SQLException {
    return fresh(server, workload, "skald");
  }

  /**
   * An engine on tables made anew.
   *
   * @param schema where they are; whatever is there is dropped
   */
  static EngineSide fresh(Server server, Workload workload, String schema) throws SQLException {
    server.execute("drop schema if exists %s cascade".formatted(schema));
    return new EngineSide(server, workload, schema, workload.callers());
  }

  /** Engines on one set of tables made anew, for which the callers are shared out. */
  static List<EngineSide> several(Server server, Workload workload, int engines)
      throws SQLException {
    server.execute("drop schema if exists skald cascade");
    int callers = Math.ceilDiv(workload.callers(), engines);
    return Stream.generate(() -> new EngineSide(server, workload, "skald", callers))
        .limit(engines)
        .toList();
  }

  private static SagaDefinition<PlaceOrder, Receipt> definition(Work work) {
    var reserve = step(work, Work.RESERVE);
    var charge = step(work, Work.CHARGE);
    var ship = work == Work.FAILING ? refusal() : step(work, Work.SHIP);
    return Saga.define("place-order", PlaceOrder.class)
        .key(PlaceOrder::orderId)
        .step(reserve)
        .step(charge)
        .step(ship)
        .returning(
            Receipt.class, (order, results) -> receipt(order, results, reserve, charge, ship));
  }

  private static Receipt receipt(
      PlaceOrder order,
      Results results,
      Step<?, Booking> reserve,
      Step<?, Booking> charge,
      Step<?, Booking> ship) {
    return new Receipt(
        order.orderId(),
        results.resultOf(reserve).id(),
        results.resultOf(charge).id(),
        results.resultOf(ship).id());
  }

  private static CompensatableStep<PlaceOrder, Booking> step(Work work, String name) {
    var draft = Step.named(name, PlaceOrder.class);
    return switch (work) {
      case LOCAL, FAILING ->
          draft
              .local(Booking.class, (order, tx) -> Bookings.insert(tx.connection(), order, name))
              .compensation((order, booking, tx) -> Bookings.cancel(tx.connection(), booking));
      case REMOTE ->
          draft
              .remote(Booking.class, (order, call) -> Participant.answer(order, name))
              .needsNoCompensation();
    };
  }

  private static CompensatableStep<PlaceOrder, Booking> refusal() {
    return Step.named(Work.SHIP, PlaceOrder.class)
        .local(Booking.class, (order, tx) -> Participant.refuse(tx.connection(), order))
        .permanent(IllegalStateException.class)
        .needsNoCompensation();
  }

  @Override
  public void run(PlaceOrder order) throws Exception {
    SagaHandle<Receipt> handle =
        switch (workload.start()) {
          case OWN -> engine.start(saga, order);
          case JOINED -> join(order);
        };
    requireExpected(handle.await(PATIENCE));
  }

  private SagaHandle<Receipt> join(PlaceOrder order) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      try {
        var unused = Bookings.insert(connection, order, "accept-order");
        SagaHandle<Receipt> handle = engine.joining(connection).start(saga, order);
        connection.commit();
        return handle;
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  private void requireExpected(SagaEnd<Receipt> end) {
    boolean expected =
        switch (end) {
          case SagaEnd.Completed<Receipt> completed -> workload.work() != Work.FAILING;
          case SagaEnd.Compensated<Receipt> compensated -> workload.work() == Work.FAILING;
          case SagaEnd.Resolved<Receipt> resolved -> false;
          case SagaEnd.Stuck<Receipt> stuck -> false;
        };
    if (!expected) {
      throw new IllegalStateException("a saga ended otherwise than it should: " + end);
    }
  }

  @Override
  public long ended() throws SQLException {
    String status = workload.work() == Work.FAILING ? "COMPENSATED" : "COMPLETED";
    return Long.parseLong(
        server.query("select count(*) from %s.saga where status = '%s'".formatted(schema, status)));
  }

  JooqSagaStore store() {
    return store;
  }

  /** What its sagas are instances of, as the tables have it. */
  String fingerprint() {
    return saga.fingerprint();
  }

  @Override
  public Pool pool() {
    return pool;
  }

  @Override
  public String prefix() {
    return "e-";
  }

  @Override
  public void close() {
    engine.close();
    pool.close();
  }
}
