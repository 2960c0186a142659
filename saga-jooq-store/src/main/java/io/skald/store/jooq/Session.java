package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.jdbc.PgConnection;

/** A connection taken from the pool, with autocommit off until it is given back. */
final class Session implements AutoCloseable {
  /** Asked of a session before its first transaction, and after an error that hints at it. */
  static final String DEFAULTS =
      """
      select current_setting('default_transaction_isolation') = 'read committed'
        and current_setting('default_transaction_read_only') = 'off'
      """;

  private static final String EXPLICIT =
      "set transaction isolation level read committed, read write";

  private final Transactions.Source source;
  private final Connection connection;
  private final Connection key;
  private final boolean autoCommit;
  private boolean discarded;

  private Session(
      Transactions.Source source, Connection connection, Connection key, boolean autoCommit) {
    this.source = source;
    this.connection = connection;
    this.key = key;
    this.autoCommit = autoCommit;
  }

  static Session on(Transactions.Source source) throws SQLException {
    Connection connection = source.take();
    try {
      Connection key =
          connection.isWrapperFor(PgConnection.class)
              ? connection.unwrap(PgConnection.class)
              : connection;
      return new Session(source, connection, key, connection.getAutoCommit());
    } catch (SQLException | RuntimeException e) {
      // nobody else gives it back yet
      var broken = new Session(source, connection, connection, true);
      broken.discard();
      broken.close();
      throw e;
    }
  }

  Connection connection() {
    return connection;
  }

  /** The driver's connection, which the pool lends again and again. */
  Connection key() {
    return key;
  }

  /** Whether the session's defaults are what the engine needs. */
  boolean fits() throws SQLException {
    connection.setAutoCommit(false);
    boolean fits;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DEFAULTS)) {
      fits = row.next() && row.getBoolean(1);
    }
    connection.rollback();
    return fits;
  }

  /** Has a transaction begin with the next statement, or with one that says what it is. */
  void begin(boolean explicit) throws SQLException {
    if (autoCommit) {
      connection.setAutoCommit(false);
    }
    if (explicit) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(EXPLICIT);
      }
    }
  }

  /** Has the pool drop the connection instead of giving it to somebody else. */
  void discard() {
    discarded = true;
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      StoreLog.discardFailed(e);
    }
  }

  void discardIfUnfit(SqlErrors.Reaction reaction) {
    switch (reaction) {
      case CONNECTION_LOST, READ_ONLY, STALE_PLAN -> discard();
      case CONFLICT, CANCELLED, NO_ROOM, ABORTED, FENCE_LOST, ENGINE_KEY, REFUSED -> {}
    }
  }

  /** Rolls back what is open, and gives the connection back as it came. Never throws. */
  @Override
  public void close() {
    if (!discarded) {
      reset();
    }
    try {
      if (discarded) {
        source.drop(connection);
      } else {
        source.giveBack(connection);
      }
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
    }
  }

  private void reset() {
    try {
      connection.rollback();
      if (autoCommit) {
        connection.setAutoCommit(true);
      }
    } catch (SQLException | RuntimeException e) {
      StoreLog.closeFailed(e);
      discard();
    }
  }
}
