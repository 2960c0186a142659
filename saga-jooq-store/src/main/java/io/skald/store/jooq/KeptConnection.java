package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool that is kept between transactions, so that whoever works on it waits for
 * nobody who has taken the others. Taken when it is first needed, replaced when it is broken.
 * Confined to one thread at a time.
 */
final class KeptConnection implements Transactions.Source {
  /** How long a connection may take to answer before another one is taken: 2 s. */
  private static final int ANSWER_SECONDS = 2;

  private final DataSource pool;
  private @Nullable Connection kept;

  KeptConnection(DataSource pool) {
    this.pool = pool;
  }

  @Override
  public Connection take() throws SQLException {
    Connection connection = kept;
    // a pool looks at what it lends; nobody else looks at a connection that is not given back
    if (connection != null && !connection.isValid(ANSWER_SECONDS)) {
      connection.abort(Runnable::run);
      release();
      connection = null;
    }
    if (connection == null) {
      connection = pool.getConnection();
      kept = connection;
    }
    return connection;
  }

  @Override
  public void giveBack(Connection connection) {
    // kept
  }

  @Override
  public void drop(Connection connection) {
    release();
  }

  /** Gives the connection back to the pool, if there is one, whatever has become of it. */
  void release() {
    Connection connection = kept;
    kept = null;
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
    }
  }
}
