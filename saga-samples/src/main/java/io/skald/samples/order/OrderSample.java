package io.skald.samples.order;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Runs the order services: starts a database server and three services, places the orders of the
 * file, breaks what breaks in real life, and audits the three databases. Exits with 0 if the audit
 * holds, with 1 if not.
 */
final class OrderSample {
  private static final int PER_SECOND = 100;

  /** No new order is placed while so many are under way: customers do not queue without end. */
  private static final int IN_FLIGHT_MAX = 300;

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration SHOW = Duration.ofSeconds(1);
  private static final Duration STANDSTILL = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final Progress progress;
  private final List<PlaceOrder> file;
  private final int perSecond;

  /**
   * A run.
   *
   * @param count how many orders of the file to place
   * @param perSecond how many of them in a second, at most
   */
  OrderSample(Cluster cluster, Progress progress, int count, int perSecond) {
    this.cluster = cluster;
    this.progress = progress;
    List<PlaceOrder> all = OrderFile.orders();
    this.file = all.subList(0, Math.min(count, all.size()));
    this.perSecond = perSecond;
  }

  /** Runs the sample; an argument, if there is one, says how many orders to place. */
  public static void main(String... arguments) throws Exception {
    int count = arguments.length == 0 ? Integer.MAX_VALUE : Integer.parseInt(arguments[0]);
    if (count < 1) {
      throw new IllegalArgumentException("orders: " + count + " (expected: >= 1)");
    }
    var progress = new Progress(System.out, System::nanoTime);
    int exitCode;
    try (var cluster = new Cluster()) {
      exitCode = exitCode(run(new OrderSample(cluster, progress, count, PER_SECOND), cluster));
    }
    System.exit(exitCode);
  }

  /** 0 if every rule holds; 1 if one does not, or nothing was checked. */
  static int exitCode(List<Audit.Finding> findings) {
    return !findings.isEmpty() && findings.stream().allMatch(Audit.Finding::holds) ? 0 : 1;
  }

  private static List<Audit.Finding> run(OrderSample sample, Cluster cluster) throws Exception {
    try {
      return sample.run();
    } catch (IOException | SQLException | RuntimeException e) {
      if (cluster.isInterrupted()) {
        return List.of(); // what fails now fails because everything is stopped
      }
      cluster.keepLogs();
      throw e;
    }
  }

  /** Runs it all and answers the findings of the audit. */
  List<Audit.Finding> run() throws IOException, SQLException, InterruptedException {
    DatabaseServer databases = startCluster();
    DataSource orders = databases.dataSource("orders");
    try (var feeder = new Feeder(cluster.orders().url(), file, perSecond);
        var desk = new Desk(cluster.orders().url())) {
      var outages = new Outages(cluster, feeder, progress, file.size());
      Thread breaking = Thread.ofVirtual().start(outages);
      feeder.start();
      desk.start();
      watch(feeder, outages, orders);
      breaking.join();
    }
    timeline(orders, PlaceOrderSaga.NAME, "COMPLETED", "An order that went through");
    timeline(orders, ShipInPartsSaga.NAME, "COMPLETED", "An order that went in parts");
    timeline(orders, ShipInPartsSaga.NAME, "COMPENSATED", "An order that was compensated");
    progress.say("");
    progress.say("Why orders were compensated");
    progress.say(Counts.causes(orders));
    progress.say("");
    progress.say("Stopping the services; requests that stall end first, which takes up to 16 s");
    cluster.stopServices();
    return audit(databases);
  }

  private DatabaseServer startCluster() throws IOException, SQLException, InterruptedException {
    progress.say("Skald order services: three processes, three databases, one saga per order");
    progress.say("  unpacking and starting PostgreSQL in " + cluster.folder());
    DatabaseServer databases = cluster.startDatabases();
    progress.say("  " + databases.description());
    progress.say("  creating the databases " + String.join(", ", DatabaseServer.DATABASES));
    cluster.createDatabases();
    progress.say("  starting the services");
    cluster.startServices();
    for (ServiceProcess service : cluster.services()) {
      progress.say("  %-10s %s  pid %d".formatted(service.name(), service.url(), service.pid()));
    }
    sayOrders();
    progress.say("");
    progress.say("Watch an order while this runs:");
    progress.say("  curl '%s/saga/status?key=%s'".formatted(cluster.orders().url(), watched()));
    return databases;
  }

  /** What there is in the file, and what will happen to it. */
  private void sayOrders() {
    long troubled = file.stream().filter(order -> !order.trouble().equals(Trouble.NONE)).count();
    progress.say(
        "  %,d orders; for %,d of them an answer comes late, is lost, or never comes"
            .formatted(file.size(), troubled));
    long inParts = file.stream().filter(PlaceOrder::isInParts).count();
    progress.say(
        "  %,d of them go in parts: a deposit from the wallet, the rest by card, a parcel a product"
            .formatted(inParts));
    progress.say(
        "  above %s a clerk has to approve, and it is insured; some are refused, some forgotten"
            .formatted(Money.text(ShipInPartsSaga.LIMIT)));
    progress.say("  packers say when they are done: some twice, some too late; some things break");
    progress.say("  some products run out, some cards and wallets are declined");
    progress.say("  payments will be down for a while, orders and inventory will be killed");
  }

  /** The first order something happens to. */
  private String watched() {
    return file.stream()
        .filter(order -> !order.trouble().equals(Trouble.NONE))
        .findFirst()
        .orElse(file.getFirst())
        .orderId();
  }

  /** Shows the counts until every saga has ended, or nothing has changed for a minute. */
  private void watch(Feeder feeder, Outages outages, DataSource orders)
      throws SQLException, InterruptedException {
    progress.header();
    Counts last = new Counts(0, 0, 0, 0);
    long changed = System.nanoTime();
    long shown = changed;
    while (!(feeder.isDone() && outages.isOver() && last.inFlight() == 0 && last.all() > 0)) {
      Thread.sleep(LOOK);
      Counts counts = Counts.read(orders);
      feeder.allow(counts.all() - counts.inFlight() + IN_FLIGHT_MAX);
      if (System.nanoTime() - shown >= SHOW.toNanos()) {
        shown = System.nanoTime();
        progress.counts(feeder.placed(), counts);
      }
      if (!counts.equals(last)) {
        changed = System.nanoTime();
      } else if (System.nanoTime() - changed > STANDSTILL.toNanos()) {
        progress.event("nothing has changed for a minute");
        return;
      }
      last = counts;
    }
    progress.counts(feeder.placed(), last);
  }

  private void timeline(DataSource orders, String definition, String status, String title)
      throws SQLException, IOException, InterruptedException {
    var key = Counts.mostEventful(orders, definition, status);
    if (key.isPresent()) {
      var client = new JsonClient(cluster.orders().url());
      var reply = client.find("/saga/status", Map.of("key", key.get()), Duration.ofSeconds(10));
      progress.say("");
      progress.say(title);
      progress.say(reply.body(SagaReport.class).timeline());
    }
  }

  /** Checks the databases, says what was found, and answers it. */
  List<Audit.Finding> audit(DatabaseServer databases) throws SQLException {
    Books books = BooksReader.read(databases);
    var findings = Audit.of(books, file.stream().map(PlaceOrder::orderId).toList());
    progress.say("");
    progress.say("Audit of the three databases                              checked");
    progress.say(AuditTable.of(findings, progress.glyphs()));
    progress.say("");
    progress.say(Summary.of(books));
    List<Books.Order> shipped = Audit.shipped(books);
    progress.say("");
    progress.say(
        "%,d orders: %,d shipped for %s, %,d compensated. The audit %s; the run took %d s."
            .formatted(
                books.orders().size(),
                shipped.size(),
                Money.text(shipped.stream().mapToLong(Books.Order::cents).sum()),
                books.orders().size() - shipped.size(),
                exitCode(findings) == 0 ? "holds" : "FAILED",
                progress.elapsed().toSeconds()));
    return findings;
  }
}
