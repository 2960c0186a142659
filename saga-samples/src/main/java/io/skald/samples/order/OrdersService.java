package io.skald.samples.order;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
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
  private final ApprovalTable approvals = new ApprovalTable();
  private final SagaDefinition<PlaceOrder, Messages.Parcel> placeOrder;
  private final SagaDefinition<PlaceOrder, List<Messages.Parcel>> shipInParts;
  private final Step<PlaceOrder, Messages.Packing> packOrder;
  private final JsonServer server;

  /**
   * A service that is open.
   *
   * @param port where to listen; 0 for any free port
   */
  OrdersService(int port, String jdbcUrl, String inventoryUrl, String paymentsUrl)
      throws SQLException, IOException {
    database = new Database(jdbcUrl, 16);
    database.create(OrderTable.DDL + ApprovalTable.DDL + PolicyTable.DDL);
    var orders = new OrderTable();
    var participants = Participants.at(inventoryUrl, paymentsUrl);
    var whole = new PlaceOrderSaga(orders, participants);
    var insurance = new InsureOrderSaga(new PolicyTable(), participants).definition();
    var inParts = new ShipInPartsSaga(orders, approvals, participants, whole, insurance);
    placeOrder = whole.definition();
    shipInParts = inParts.definition();
    packOrder = inParts.packOrder();
    var store = JooqSagaStore.builder(database.dataSource()).build();
    engine =
        SagaEngine.builder(store).options(OPTIONS).define(placeOrder).define(shipInParts).build();
    engine.open();
    server =
        new JsonServer(port)
            .route("GET /", request -> StatusPage.index())
            .route("POST /orders", this::place)
            .route("GET /approvals", this::open)
            .route("POST /approvals", this::decide)
            .route("POST /completions", this::complete)
            .route("GET /saga/status", new StatusPage(engine::viewsOfKey))
            .start();
  }

  /** Runs the service; arguments: port, JDBC URL, URL of inventory, URL of payments. */
  public static void main(String... arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Lifeline.runWhileParentLives(
        () -> new OrdersService(port, arguments[1], arguments[2], arguments[3]));
  }

  int port() {
    return server.port();
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
    SagaDefinition<PlaceOrder, ?> definition = order.isInParts() ? shipInParts : placeOrder;
    try {
      var saga = engine.start(definition, order);
      return Answer.accepted(Map.of("order", order.orderId(), "saga", saga.id().toString()));
    } catch (DuplicateSagaException e) {
      return Answer.refused("order " + order.orderId() + " exists, and it is another one");
    }
  }

  /** What waits for the desk. */
  private Answer open(Request request) throws SQLException {
    return Answer.ok(database.inTransaction(approvals::open));
  }

  /** Idempotent: the first answer counts, and the saga is told of it in the same transaction. */
  private Answer decide(Request request) throws IOException, SQLException {
    var decision = request.body(Messages.Decision.class);
    return database.inTransaction(connection -> decide(connection, decision));
  }

  private Answer decide(Connection connection, Messages.Decision decision) throws SQLException {
    if (approvals.decide(connection, decision)) {
      engine
          .joining(connection)
          .signal(shipInParts, decision.orderId(), ShipInPartsSaga.DECISION, decision);
      return Answer.ok(decision);
    }
    return approvals
        .status(connection, decision.orderId())
        .map(status -> repeated(decision, status))
        .orElseGet(() -> Answer.notFound("nobody asked about " + decision.orderId()));
  }

  /** Idempotent: the first word counts. A token that is none is not told from one of long ago. */
  private Answer complete(Request request) throws IOException {
    var completion = request.body(Messages.Completion.class);
    try {
      return Answer.ok(Map.of("first", isFirst(completion)));
    } catch (IllegalArgumentException e) {
      return Answer.notFound("nobody waits for that");
    }
  }

  private boolean isFirst(Messages.Completion completion) {
    return completion.problem().isEmpty()
        ? engine.complete(
            packOrder, completion.token(), new Messages.Packing(completion.packingId()))
        : engine.fail(completion.token(), completion.problem());
  }

  private static Answer repeated(Messages.Decision decision, String status) {
    return status.equals(decision.verdict().name())
        ? Answer.ok(decision)
        : Answer.refused("the question of " + decision.orderId() + " is " + status);
  }
}
