package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Trouble.Place;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * The service that holds, releases and ships stock. It knows nothing of sagas: its endpoints are
 * idempotent, and a release stops a reservation that comes after it.
 */
final class InventoryService implements AutoCloseable {
  private final Faults stockFaults =
      new Faults(Place.STOCK, Duration.ofMillis(1_500), Duration.ofSeconds(8));
  private final Faults parcelFaults =
      new Faults(Place.PARCEL, Duration.ofMillis(1_500), Duration.ofSeconds(8));
  private final Stock stock = new Stock();
  private final Database database;
  private final JsonServer server;

  InventoryService(int port, String jdbcUrl) throws SQLException, IOException {
    database = new Database(jdbcUrl, 8);
    database.create(Ledger.DDL + Stock.DDL);
    database.inTransaction(
        connection -> {
          stock.fill(connection, OrderFile.products());
          return 0;
        });
    server =
        new JsonServer(port)
            .route("POST /reservations", this::reserve)
            .route("DELETE /reservations", this::release)
            .route("POST /parcels", this::ship)
            .start();
  }

  /** Runs the service; arguments: port, JDBC URL. */
  public static void main(String... arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Lifeline.runWhileParentLives(() -> new InventoryService(port, arguments[1]));
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    database.close();
  }

  private Answer reserve(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.StockRequest.class);
    stockFaults.beforeEffect(request);
    Entry entry = database.inTransaction(connection -> stock.reserve(connection, key, body));
    return stockFaults.afterEffect(request, answer(entry, new Messages.Reservation(key)));
  }

  private Answer release(Request request) throws Exception {
    String key = request.parameter("key");
    String orderId = request.parameter("order");
    database.inTransaction(
        connection -> {
          stock.release(connection, key, orderId);
          return 0;
        });
    return Answer.ok(Map.of("released", key));
  }

  private Answer ship(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.ParcelRequest.class);
    parcelFaults.beforeEffect(request);
    Entry entry = database.inTransaction(connection -> stock.ship(connection, key, body));
    var parcel = new Messages.Parcel("P-" + body.orderId() + "-" + body.number());
    return parcelFaults.afterEffect(request, answer(entry, parcel));
  }

  private static Answer answer(Entry entry, Object effect) {
    return switch (entry.state()) {
      case DONE -> Answer.ok(effect);
      case REFUSED -> Answer.refused(entry.reason());
      case COMPENSATED, BARRED -> Answer.gone(entry.reason());
      case NEW -> throw new IllegalStateException("undecided");
    };
  }
}
