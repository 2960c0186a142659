package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Trouble.Place;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * The service that charges and refunds cards, and holds money in wallets. It knows nothing of
 * sagas: its endpoints are idempotent, a charge can be asked after, and a refund or a cancel stops
 * a charge or a hold that comes after it.
 */
final class PaymentsService implements AutoCloseable {
  private final Faults faults =
      new Faults(Place.PAYMENT, Duration.ofMillis(1_500), Duration.ofSeconds(16));
  private final Faults walletFaults =
      new Faults(Place.WALLET, Duration.ofMillis(1_500), Duration.ofSeconds(16));
  private final Cards cards = new Cards();
  private final Wallets wallets = new Wallets();
  private final Database database;
  private final JsonServer server;

  PaymentsService(int port, String jdbcUrl) throws SQLException, IOException {
    database = new Database(jdbcUrl, 8);
    database.create(Ledger.DDL + Cards.DDL + Wallets.DDL);
    database.inTransaction(
        connection -> {
          cards.open(connection, OrderFile.customers());
          wallets.open(connection, OrderFile.customers());
          return 0;
        });
    server =
        new JsonServer(port)
            .route("POST /charges", this::charge)
            .route("GET /charges", this::find)
            .route("DELETE /charges", this::refund)
            .route("POST /holds", this::hold)
            .route("POST /holds/confirmed", this::confirm)
            .route("DELETE /holds", this::cancel)
            .start();
  }

  /** Runs the service; arguments: port, JDBC URL. */
  public static void main(String... arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Lifeline.runWhileParentLives(() -> new PaymentsService(port, arguments[1]));
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    database.close();
  }

  private Answer charge(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.Charge.class);
    faults.beforeEffect(request);
    Entry entry = database.inTransaction(connection -> cards.charge(connection, key, body));
    return faults.afterEffect(request, answer(entry, new Messages.Payment(key, body.cents())));
  }

  /** Asked after a charge nobody answered: 404 means "not yet", never "not any more". */
  private Answer find(Request request) throws Exception {
    String key = request.parameter("key");
    long cents = Long.parseLong(request.parameter("cents"));
    Entry entry = database.inTransaction(connection -> cards.find(connection, key));
    return answer(entry, new Messages.Payment(key, cents));
  }

  private Answer refund(Request request) throws Exception {
    String key = request.parameter("key");
    String orderId = request.parameter("order");
    database.inTransaction(
        connection -> {
          cards.refund(connection, key, orderId);
          return 0;
        });
    return Answer.ok(Map.of("refunded", key));
  }

  private Answer hold(Request request) throws Exception {
    String key = request.header(Request.IDEMPOTENCY_KEY);
    var body = request.body(Messages.Charge.class);
    walletFaults.beforeEffect(request);
    Entry entry = database.inTransaction(connection -> wallets.hold(connection, key, body));
    return walletFaults.afterEffect(request, answer(entry, new Messages.Hold(key, body.cents())));
  }

  private Answer confirm(Request request) throws Exception {
    var hold = request.body(Messages.Hold.class);
    Entry entry = database.inTransaction(connection -> wallets.confirm(connection, hold.id()));
    return walletFaults.afterEffect(request, answer(entry, Map.of("confirmed", hold.id())));
  }

  private Answer cancel(Request request) throws Exception {
    String key = request.parameter("key");
    String orderId = request.parameter("order");
    database.inTransaction(
        connection -> {
          wallets.cancel(connection, key, orderId);
          return 0;
        });
    return Answer.ok(Map.of("cancelled", key));
  }

  private static Answer answer(Entry entry, Object effect) {
    return switch (entry.state()) {
      case NEW -> Answer.notFound("there is no such request");
      case DONE -> Answer.ok(effect);
      case REFUSED -> Answer.refused(entry.reason());
      case COMPENSATED, BARRED -> Answer.gone(entry.reason());
    };
  }
}
