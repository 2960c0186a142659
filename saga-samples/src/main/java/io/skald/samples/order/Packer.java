package io.skald.samples.order;

import io.skald.samples.order.Packings.Due;
import io.skald.samples.order.Packings.State;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who packs what is on the {@link Packings} list, and tells the orders service until that has
 * heard: most soon, some twice, some too late; and sometimes something breaks.
 */
final class Packer implements AutoCloseable {
  /** How long it takes to pack an order. */
  static final Duration TIME = Duration.ofMillis(300);

  private static final Logger LOG = LoggerFactory.getLogger(Packer.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration LATE = Duration.ofSeconds(8);
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final String BREAKAGE = "broken while it was packed";
  private static final int KINDS = 17;

  private final Database database;
  private final Packings packings;
  private final JsonClient orders;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("packer").factory());

  /** A packer who has not begun. */
  Packer(Database database, Packings packings, String ordersUrl) {
    this.database = database;
    this.packings = packings;
    this.orders = new JsonClient(ordersUrl);
  }

  /** Begins to work, with what is left on the list, and does not wait. */
  void start() {
    var unused = // it catches what it meets, and goes on
        thread.scheduleWithFixedDelay(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** How the packing of that order ends. */
  static State end(String orderId) {
    return kind(orderId) == 2 ? State.BROKEN : State.PACKED;
  }

  /** How long that order lies packed before it is reported. */
  static Duration pause(String orderId) {
    return kind(orderId) == 5 ? LATE : Duration.ZERO;
  }

  /** How often it is reported. */
  static int reports(String orderId) {
    return kind(orderId) % 3 == 0 ? 2 : 1;
  }

  /** Ends with what is under way. */
  @Override
  public void close() {
    thread.close();
  }

  private static int kind(String orderId) {
    return Math.floorMod(orderId.hashCode(), KINDS);
  }

  private void look() {
    try {
      for (Due due : database.inTransaction(packings::due)) {
        if (due.state() == State.ASKED) {
          pack(due);
        } else {
          report(due);
        }
      }
    } catch (IOException e) {
      // the orders service is down: it is told at the next look
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException | RuntimeException e) {
      LOG.warn("packing goes on at the next look", e);
    }
  }

  private void pack(Due due) throws SQLException {
    database.inTransaction(
        connection -> {
          packings.finish(connection, due.key(), end(due.orderId()), pause(due.orderId()));
          return 0;
        });
  }

  private void report(Due due) throws IOException, InterruptedException, SQLException {
    String problem = due.state() == State.BROKEN ? BREAKAGE : "";
    var completion = new Messages.Completion(due.token(), due.key(), problem);
    int status = orders.post("/completions", completion, Map.of(), LIMIT).status();
    boolean heard = status == 200 || status == 404; // nobody will ever wait for it
    if (heard) {
      database.inTransaction(
          connection -> {
            packings.reported(connection, due.key());
            return 0;
          });
    }
  }
}
