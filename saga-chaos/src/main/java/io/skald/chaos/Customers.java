package io.skald.chaos;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts sagas through one node until the table {@code stop} has a row. */
final class Customers {
  private static final Logger LOG = LoggerFactory.getLogger(Customers.class);
  static final int ACCOUNTS = 64;
  private static final String STOPPED = "select exists (select from stop)";
  private static final int CENTS_MAX = 500;

  private final Desk desk;
  private final Errands errands;
  private final String name;
  private final Random random;
  private final Duration pauseMean;

  /**
   * The customers of a node.
   *
   * @param name no other incarnation of a node has it
   * @param perSecond how many sagas they start in a second, about
   */
  Customers(Desk desk, Errands errands, String name, Random random, double perSecond) {
    this.desk = desk;
    this.errands = errands;
    this.name = name;
    this.random = random;
    this.pauseMean = Duration.ofNanos(Math.round(1e9 / perSecond));
  }

  void run() throws InterruptedException {
    for (int i = 0; !isStopped(); i++) {
      try {
        startOne(
            new Order(name + "-" + i, random.nextInt(ACCOUNTS), 1 + random.nextInt(CENTS_MAX)));
      } catch (SQLException | SagaStoreException e) {
        LOG.warn("not started: {}", e.toString());
      } catch (RuntimeException e) {
        LOG.warn("complaint", e);
        complain(e);
      }
      LockSupport.parkNanos(Math.round(-Math.log(1 - random.nextDouble()) * pauseMean.toNanos()));
    }
    Thread.currentThread().join();
  }

  private void complain(RuntimeException about) {
    try {
      desk.complain(about);
    } catch (SQLException e) {
      LOG.warn("could not complain: {}", e.toString());
    }
  }

  private void startOne(Order order) throws SQLException {
    int dice = random.nextInt(100);
    String definition =
        dice < 36 ? "transfer" : dice < 64 ? "booking" : dice < 92 ? "delivery" : "exchange";
    if (definition.equals("delivery") && random.nextInt(100) < 20) {
      Desk.Way way = way();
      desk.inTransaction(
          connection ->
              desk.approve(
                  connection, way, order.id(), errands.said(way, random.nextInt(1_000_000))));
    }
    Desk.Way way = way();
    desk.inTransaction(
        connection -> {
          addErrands(connection, definition, order);
          desk.start(connection, way, definition, order);
        });
  }

  private Desk.Way way() {
    return random.nextBoolean() ? Desk.Way.JOINED : Desk.Way.OWN;
  }

  /** They are there if and only if the saga is, or it is one that nobody was told of. */
  private void addErrands(Connection connection, String definition, Order order)
      throws SQLException {
    if (definition.equals("delivery")) {
      int dice = random.nextInt(100);
      int signals = dice < 20 ? 0 : dice < 90 ? 1 : 2;
      for (int i = 0; i < signals; i++) {
        Errands.add(connection, Errands.Kind.APPROVE, definition, order, random.nextInt(4_000));
      }
    }
    if (random.nextInt(100) < 16) {
      int within = random.nextBoolean() ? 500 : 2_500;
      Errands.add(connection, Errands.Kind.CANCEL, definition, order, random.nextInt(within));
    }
    if (random.nextInt(100) < 5) {
      Errands.add(connection, Errands.Kind.START, definition, order, random.nextInt(2_000));
    }
  }

  private boolean isStopped() {
    var stopped = new boolean[1];
    try {
      desk.inTransaction(
          connection -> {
            try (Statement statement = connection.createStatement();
                var row = statement.executeQuery(STOPPED)) {
              stopped[0] = row.next() && row.getBoolean(1);
            }
          });
    } catch (SQLException e) {
      LOG.warn("cannot look whether to stop: {}", e.toString());
    }
    return stopped[0];
  }
}
