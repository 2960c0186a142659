package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;

/**
 * The engine's own transactions: READ COMMITTED and read-write whatever the pool's default is. Safe
 * for use by several threads.
 *
 * <p>BEGIN travels with the first statement. Only where the session's defaults differ, which is
 * asked once per connection and again after an error that hints at it, a statement of its own comes
 * first. The isolation is never set on the session: behind a pooler that would leak to others.
 */
final class Transactions {
  private static final int REPEATS_MAX = 5;

  private static final String DEFAULTS =
      """
      select current_setting('default_transaction_isolation') = 'read committed'
        and current_setting('default_transaction_read_only') = 'off'
      """;

  private static final String EXPLICIT =
      "set transaction isolation level read committed, read write";

  private final Source source;
  private final SqlErrors errors;

  /**
   * By the driver's connection: those of one data source may differ, as when a role's settings were
   * changed after some were made, or a router leads to several servers.
   */
  private final Map<Connection, Defaults> known = Collections.synchronizedMap(new WeakHashMap<>());

  private enum Defaults {
    FIT,
    DIFFER
  }

  /** Where connections come from, and go to. */
  interface Source {
    Connection take() throws SQLException;

    /** Takes a connection back as it came. */
    void giveBack(Connection connection) throws SQLException;

    /** Takes a connection back that was aborted. */
    void drop(Connection connection) throws SQLException;
  }

  /** A pool of them. */
  private record Pool(DataSource dataSource) implements Source {
    @Override
    public Connection take() throws SQLException {
      return dataSource.getConnection();
    }

    @Override
    public void giveBack(Connection connection) throws SQLException {
      connection.close();
    }

    @Override
    public void drop(Connection connection) throws SQLException {
      connection.close();
    }
  }

  /** What is done in a transaction. */
  @FunctionalInterface
  interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  Transactions(DataSource dataSource, SqlErrors errors) {
    this(new Pool(dataSource), errors);
  }

  Transactions(Source source, SqlErrors errors) {
    this.source = source;
    this.errors = errors;
  }

  /**
   * Runs the work in a transaction and commits it, unless the work has done so with its last
   * statement. Repeats it, a few times, if another transaction was in the way.
   *
   * @param what what is tried, for the message
   * @throws SagaStoreException if the database fails; what became of a commit is then unknown
   */
  <T extends @Nullable Object> T run(String what, Work<T> work) {
    for (int repeat = 1; ; repeat++) {
      try {
        return once(work);
      } catch (SQLException e) {
        SqlErrors.Reaction reaction = errors.reaction(e);
        if (!isWorthRepeating(reaction) || repeat == REPEATS_MAX || !Backoff.pause(repeat)) {
          throw errors.exception(what, e);
        }
      }
    }
  }

  <T extends @Nullable Object> T once(Work<T> work) throws SQLException {
    try (Session session = open()) {
      try {
        T result = work.run(session.connection());
        session.connection().commit();
        return result;
      } catch (SQLException e) {
        note(session, errors.reaction(e));
        throw e;
      }
    }
  }

  /** Whether nothing was committed and another try may go better. */
  static boolean isWorthRepeating(SqlErrors.Reaction reaction) {
    return switch (reaction) {
      case CONFLICT, READ_ONLY, STALE_PLAN -> true;
      case CONNECTION_LOST, CANCELLED, NO_ROOM, ABORTED, FENCE_LOST, ENGINE_KEY, REFUSED -> false;
    };
  }

  /**
   * Has the pool drop a connection that is unfit, and asks for the session's defaults again where
   * they may have been the reason.
   */
  void note(Session session, SqlErrors.Reaction reaction) {
    session.discardIfUnfit(reaction);
    if (isWorthRepeating(reaction)) {
      known.remove(session.key);
    }
  }

  /** A session whose transaction begins with the next statement. */
  Session open() throws SQLException {
    Session session = Session.on(source);
    try {
      session.begin(isExplicit(session));
      return session;
    } catch (SQLException | RuntimeException e) {
      session.discard();
      session.close();
      throw e;
    }
  }

  private boolean isExplicit(Session session) throws SQLException {
    Defaults defaults = known.get(session.key);
    if (defaults == null) {
      defaults = session.fits() ? Defaults.FIT : Defaults.DIFFER;
      known.put(session.key, defaults);
    }
    return defaults == Defaults.DIFFER || session.connection().isReadOnly();
  }

  /** A connection taken from the pool, with autocommit off until it is given back. */
  static final class Session implements AutoCloseable {
    private final Source source;
    private final Connection connection;
    private final Connection key;
    private final boolean autoCommit;
    private boolean discarded;

    private Session(Source source, Connection connection, Connection key, boolean autoCommit) {
      this.source = source;
      this.connection = connection;
      this.key = key;
      this.autoCommit = autoCommit;
    }

    private static Session on(Source source) throws SQLException {
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

    private boolean fits() throws SQLException {
      connection.setAutoCommit(false);
      boolean fits;
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(DEFAULTS)) {
        fits = row.next() && row.getBoolean(1);
      }
      connection.rollback();
      return fits;
    }

    private void begin(boolean explicit) throws SQLException {
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
}
