package io.skald.benchmarks;

import io.skald.benchmarks.HandWrittenSagas.Entry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The hand-written side: straight-line code on the caller's thread. One statement alone goes with
 * autocommit, several go in a transaction, each step in its own.
 */
final class HandWritten implements Side {
  private final Server server;
  private final Workload workload;
  private final Pool pool;
  private final HandWrittenSagas sagas = new HandWrittenSagas();

  HandWritten(Server server, Workload workload) throws SQLException {
    server.execute(HandWrittenSagas.CREATE);
    this.server = server;
    this.workload = workload;
    this.pool = new Pool(server, "by-hand", workload.callers());
  }

  @Override
  public void run(PlaceOrder order) throws Exception {
    UUID saga =
        switch (workload.start()) {
          case OWN -> alone(connection -> sagas.begin(connection, order));
          case JOINED -> together(connection -> join(connection, order));
        };
    switch (workload.work()) {
      case LOCAL -> local(saga, order);
      case REMOTE -> remote(saga, order);
      case FAILING -> failing(saga, order);
    }
  }

  private UUID join(Connection connection, PlaceOrder order) throws SQLException {
    var unused = Bookings.insert(connection, order, "accept-order");
    return sagas.begin(connection, order);
  }

  private void local(UUID saga, PlaceOrder order) throws SQLException {
    Booking reserved = step(saga, order, Work.RESERVE, 1);
    Booking charged = step(saga, order, Work.CHARGE, 2);
    var unused =
        together(
            connection -> {
              Booking shipped = Bookings.insert(connection, order, Work.SHIP);
              sagas.record(connection, saga, Entry.succeeded(Work.SHIP, 3, shipped));
              complete(connection, saga, order, List.of(reserved, charged, shipped));
              return shipped;
            });
  }

  private Booking step(UUID saga, PlaceOrder order, String step, int seq) throws SQLException {
    return together(
        connection -> {
          Booking booking = Bookings.insert(connection, order, step);
          sagas.record(connection, saga, Entry.succeeded(step, seq, booking));
          return booking;
        });
  }

  private void remote(UUID saga, PlaceOrder order) throws SQLException {
    Booking reserved = Participant.answer(order, Work.RESERVE);
    record(saga, Entry.succeeded(Work.RESERVE, 1, reserved));
    Booking charged = Participant.answer(order, Work.CHARGE);
    record(saga, Entry.succeeded(Work.CHARGE, 2, charged));
    Booking shipped = Participant.answer(order, Work.SHIP);
    var unused =
        together(
            connection -> {
              sagas.record(connection, saga, Entry.succeeded(Work.SHIP, 3, shipped));
              complete(connection, saga, order, List.of(reserved, charged, shipped));
              return shipped;
            });
  }

  private void failing(UUID saga, PlaceOrder order) throws SQLException {
    List<Booking> done = new ArrayList<>();
    done.add(step(saga, order, Work.RESERVE, 1));
    done.add(step(saga, order, Work.CHARGE, 2));
    try {
      var unused = together(connection -> Participant.refuse(connection, order));
    } catch (IllegalStateException e) {
      turnAround(saga, String.valueOf(e.getMessage()));
    }
    compensate(saga, done.get(1), 4);
    var unused =
        together(
            connection -> {
              cancel(connection, saga, done.get(0), 5);
              sagas.end(connection, saga, "COMPENSATED", null);
              return saga;
            });
  }

  private void turnAround(UUID saga, String error) throws SQLException {
    var unused =
        together(
            connection -> {
              sagas.record(connection, saga, Entry.failed(Work.SHIP, 3, error));
              sagas.turnAround(connection, saga, error);
              return saga;
            });
  }

  private void compensate(UUID saga, Booking booking, int seq) throws SQLException {
    var unused =
        together(
            connection -> {
              cancel(connection, saga, booking, seq);
              return saga;
            });
  }

  private void cancel(Connection connection, UUID saga, Booking booking, int seq)
      throws SQLException {
    Bookings.cancel(connection, booking);
    sagas.record(connection, saga, Entry.compensated(booking.step(), seq));
  }

  private void record(UUID saga, Entry entry) throws SQLException {
    var unused =
        alone(
            connection -> {
              sagas.record(connection, saga, entry);
              return saga;
            });
  }

  private void complete(Connection connection, UUID saga, PlaceOrder order, List<Booking> bookings)
      throws SQLException {
    var receipt =
        new Receipt(
            order.orderId(), bookings.get(0).id(), bookings.get(1).id(), bookings.get(2).id());
    sagas.end(connection, saga, "COMPLETED", receipt);
  }

  /** What is done with a connection. */
  @FunctionalInterface
  private interface Task<T> {
    T run(Connection connection) throws SQLException;
  }

  /** One statement, in a transaction of its own. */
  private <T> T alone(Task<T> task) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection()) {
      return task.run(connection);
    }
  }

  /** Several statements, in one transaction. */
  private <T> T together(Task<T> task) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = task.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  @Override
  public long ended() throws SQLException {
    String status = workload.work() == Work.FAILING ? "COMPENSATED" : "COMPLETED";
    return Long.parseLong(
        server.query("select count(*) from by_hand.saga where status = '" + status + "'"));
  }

  @Override
  public Pool pool() {
    return pool;
  }

  @Override
  public String prefix() {
    return "h-";
  }

  @Override
  public void close() {
    pool.close();
  }
}
