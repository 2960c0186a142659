package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool that is kept between transactions, so that whoever works on it waits for
 * nobody who has taken the others, nor without bound for the server. Taken when it is first needed,
 * replaced when it is broken. Confined to one thread at a time.
 */
final class KeptConnection implements Transactions.Source {
  /** How long a connection may take to answer before another one is taken: 2 s. */
  private static final int ANSWER_SECONDS = 2;

  private final DataSource pool;
  private @Nullable Connection kept;
  private int timeoutMillis;
  private int timeoutBefore;

  KeptConnection(DataSource pool) {
    this.pool = pool;
  }

  /** Bounds, from the next {@link #take} on, each wait for the server's answer. */
  void answerWithin(Duration max) {
    timeoutMillis = Math.toIntExact(Math.max(1, max.toMillis()));
  }

  @Override
  public Connection take() throws SQLException {
    Connection connection = kept;
    // a pool looks at what it lends; nobody else looks at a connection that is not given back
    if (connection != null && !isUsable(connection)) {
      abort(connection);
      release();
      connection = null;
    }
    if (connection == null) {
      connection = pool.getConnection();
      kept = connection;
      timeoutBefore = timeoutOf(connection);
    }
    limit(connection, timeoutMillis);
    return connection;
  }

  /** Some pools throw here, for a connection they have taken away themselves. */
  private static boolean isUsable(Connection connection) {
    try {
      return connection.isValid(ANSWER_SECONDS);
    } catch (SQLException | RuntimeException e) {
      StoreLog.discardFailed(e);
      return false;
    }
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      StoreLog.discardFailed(e);
    }
  }

  private static int timeoutOf(Connection connection) {
    try {
      return connection.getNetworkTimeout();
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
      return 0;
    }
  }

  /** A connection whose waits cannot be bounded is as good as the pool made it. */
  private static void limit(Connection connection, int millis) {
    try {
      connection.setNetworkTimeout(Runnable::run, millis);
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
    }
  }

  @Override
  public void giveBack(Connection connection) {
    // kept
  }

  @Override
  public void drop(Connection connection) {
    release();
  }

  /** Gives the connection back to the pool as it came, whatever has become of it. */
  void release() {
    Connection connection = kept;
    kept = null;
    if (connection == null) {
      return;
    }
    try {
      limit(connection, timeoutBefore);
    } finally {
      close(connection);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
    }
  }
}
