package io.skald.chaos;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be said to some node at some time, by a table that all of them look into: so a saga
 * started through one node is signalled, completed, cancelled and started again through others.
 */
final class Errands {
  private static final Logger LOG = LoggerFactory.getLogger(Errands.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final String ADD =
      """
      insert into errand (kind, definition, business_key, account, cents, token, due_at)
      values (?, ?, ?, ?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')
      """;
  private static final String TAKE =
      """
      delete from errand
      where id = (
        select id
        from errand
        where due_at <= clock_timestamp()
        order by due_at
        limit 1
        for update skip locked)
      returning id, kind, definition, business_key, account, cents, token
      """;

  private final Desk desk;
  private final DataSource pool;
  private final Random random;

  Errands(Desk desk, DataSource pool, Random random) {
    this.desk = desk;
    this.pool = pool;
    this.random = random;
  }

  /** What there is to say. */
  enum Kind {
    START,
    APPROVE,
    CANCEL,
    COMPLETE,
    FAIL,
    RETRY
  }

  /** Which saga's errand it is, and what else has to be said. */
  private record Errand(long id, Kind kind, String definition, Order order, String token) {}

  /** Has something said about a saga. */
  static void add(Connection connection, Kind kind, String definition, Order order, long inMillis)
      throws SQLException {
    Desk.update(
        connection,
        ADD,
        kind.name(),
        definition,
        order.id(),
        order.account(),
        order.cents(),
        "",
        inMillis);
  }

  /** Has a step completed, or failed. */
  static void add(Connection connection, Kind kind, String token, long inMillis)
      throws SQLException {
    Desk.update(connection, ADD, kind.name(), "", "", 0, 0, token, inMillis);
  }

  /** Goes on for ever. */
  void run() {
    while (true) {
      if (!isOneRun()) {
        LockSupport.parkNanos(LOOK_EVERY.toNanos());
      }
    }
  }

  private boolean isOneRun() {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      Errand errand = take(connection);
      if (errand == null) {
        return false;
      }
      perform(connection, errand);
      connection.commit();
      return true;
    } catch (SQLException | SagaStoreException e) {
      LOG.warn("errand put off: {}", e.toString());
      return false;
    } catch (RuntimeException e) {
      complainOf(e);
      return false;
    }
  }

  private void complainOf(RuntimeException e) {
    try {
      desk.complain(e);
    } catch (SQLException unsaid) {
      e.addSuppressed(unsaid);
      LOG.warn("could not complain", e);
    }
  }

  private void perform(Connection connection, Errand errand) throws SQLException {
    Desk.Way way = random.nextBoolean() ? Desk.Way.JOINED : Desk.Way.OWN;
    switch (errand.kind) {
      case START -> desk.start(connection, Desk.Way.OWN, errand.definition, errand.order);
      case APPROVE -> desk.approve(connection, way, errand.order.id(), said(way, errand.id));
      case CANCEL -> desk.cancel(errand.definition, errand.order.id());
      case COMPLETE -> desk.complete(connection, way, errand.token, said(way, errand.id));
      case FAIL -> desk.fail(connection, way, errand.token);
      case RETRY -> desk.retry(errand.definition, errand.order.id());
    }
  }

  /** Another word each time: what is sent again, because nobody answered, is told apart. */
  String said(Desk.Way way, long id) {
    return "%s-%d-%d".formatted(way, id, random.nextInt(1_000_000));
  }

  private static @Nullable Errand take(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TAKE);
        ResultSet row = statement.executeQuery()) {
      return row.next()
          ? new Errand(
              row.getLong(1),
              Kind.valueOf(row.getString(2)),
              row.getString(3),
              new Order(row.getString(4), row.getInt(5), row.getInt(6)),
              row.getString(7))
          : null;
    }
  }
}
