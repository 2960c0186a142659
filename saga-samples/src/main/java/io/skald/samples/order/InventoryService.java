package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Trouble.Place;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * The service that holds, releases, packs and ships stock. It knows nothing of sagas: its endpoints
 * are idempotent, and a release stops a reservation that comes after it, as unpacking stops a
 * packing. Whom it tells that an order is packed is its own setting: a URL in a request is never
 * called.
 */
final class InventoryService implements AutoCloseable {
  private final Faults stockFaults =
      new Faults(Place.STOCK, Duration.ofMillis(1_500), Duration.ofSeconds(8));
  private final Faults parcelFaults =
      new Faults(Place.PARCEL, Duration.ofMillis(1_500), Duration.ofSeconds(8));
  private final Stock stock = new Stock();
  private final Packings packings = new Packings();
  private final Database database;
  private final Packer packer;
  private final JsonServer server;

  /**
   * A service that is open, and goes on packing where it was.
   *
   * @param port where to listen; 0 for any free port
   * @param ordersUrl who is told that an order is packed
   */
  InventoryService(int port, String jdbcUrl, String ordersUrl) throws SQLException, IOException {
    database = new Database(jdbcUrl, 8);
    database.create(Ledger.DDL + Stock.DDL + Packings.DDL);
    database.inTransaction(
        connection -> {
          stock.fill(connection, OrderFile.products());
          return 0;
        });
    server =
        new JsonServer(port)
            .route("POST /reservations", this::reserve)
            .route("DELETE /reservations", this::release)
            .route("POST /packings", this::pack)
            .route("DELETE /packings", this::unpack)
            .route("POST /parcels", this::ship)
            .start();
    packer = new Packer(database, packings, ordersUrl);
    packer.start();
  }

  /** Runs the service; arguments: port, JDBC URL, URL of orders. */
  public static void main(String... arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Lifeline.runWhileParentLives(() -> new InventoryService(port, arguments[1], arguments[2]));
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    packer.close();
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

  /** What is accepted is on the list: it will be packed, and reported, whatever happens. */
  private Answer pack(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.PackingRequest.class);
    parcelFaults.beforeEffect(request);
    var asked = new Packings.Asked(key, body, Packer.reports(body.orderId()), Packer.TIME);
    Entry entry = database.inTransaction(connection -> packings.ask(connection, asked));
    return parcelFaults.afterEffect(request, accepted(entry, new Messages.Packing(key)));
  }

  private Answer unpack(Request request) throws Exception {
    String key = request.parameter("key");
    String orderId = request.parameter("order");
    database.inTransaction(
        connection -> {
          packings.unpack(connection, key, orderId);
          return 0;
        });
    return Answer.ok(Map.of("unpacked", key));
  }

  private Answer ship(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.ParcelRequest.class);
    parcelFaults.beforeEffect(request);
    Entry entry = database.inTransaction(connection -> stock.ship(connection, key, body));
    var parcel = new Messages.Parcel("P-" + body.orderId() + "-" + body.number());
    return parcelFaults.afterEffect(request, answer(entry, parcel));
  }

  private static Answer accepted(Entry entry, Object effect) {
    return entry.state() == Ledger.State.DONE ? Answer.accepted(effect) : answer(entry, effect);
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
