package io.skald.samples.order;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.SagaDefinition;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/** The service that takes orders. It embeds the engine, whose log lies beside its own table. */
final class OrdersService implements AutoCloseable {
  /** A short lease, so that a killed service's sagas go on soon; the default is 15 s. */
  private static final EngineOptions OPTIONS =
      EngineOptions.defaults()
          .withNodeName("orders")
          .withPollInterval(Duration.ofMillis(500))
          .withLease(Duration.ofSeconds(4), Duration.ofSeconds(1));

  private final Database database;
  private final SagaEngine engine;
  private final SagaDefinition<PlaceOrder, Messages.Parcel> placeOrder;
  private final JsonServer server;

  OrdersService(int port, String jdbcUrl, Inventory inventory, Payments payments)
      throws SQLException, IOException {
    database = new Database(jdbcUrl, 16);
    database.create(OrderTable.DDL);
    placeOrder = new PlaceOrderSaga(new OrderTable(), inventory, payments).definition();
    var store = JooqSagaStore.builder(database.dataSource()).build();
    engine = SagaEngine.builder(store).options(OPTIONS).define(placeOrder).build();
    engine.open();
    server =
        new JsonServer(port)
            .route("GET /", request -> StatusPage.index())
            .route("POST /orders", this::place)
            .route("GET /saga/status", new StatusPage(engine::viewsOfKey))
            .start();
  }

  /** Runs the service; arguments: port, JDBC URL, URL of inventory, URL of payments. */
  public static void main(String... arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    var inventory = new Inventory(arguments[2]);
    var payments = new Payments(arguments[3]);
    Lifeline.runWhileParentLives(() -> new OrdersService(port, arguments[1], inventory, payments));
  }

  @Override
  public void close() {
    server.close();
    engine.close();
    database.close();
  }

  /** Idempotent: whoever got no answer sends the same order again. */
  private Answer place(Request request) throws IOException {
    var order = request.body(PlaceOrder.class);
    try {
      var saga = engine.start(placeOrder, order);
      return new Answer(202, Map.of("order", order.orderId(), "saga", saga.id().toString()));
    } catch (DuplicateSagaException e) {
      return Answer.refused("order " + order.orderId() + " exists, and it is another one");
    }
  }
}
