package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

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
  record Pool(DataSource dataSource) implements Source {
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

  /**
   * As {@link #run}, for work whose first statement must not stay without those after it. The
   * driver sends BEGIN as a message of its own ahead of the first statement and waits for neither:
   * where BEGIN is cancelled, the server does and commits that statement alone.
   */
  <T extends @Nullable Object> T runWhole(String what, Work<T> work) {
    return run(
        what,
        connection -> {
          try (Statement nothing = connection.createStatement()) {
            boolean unused = nothing.execute("select 1");
          }
          return work.run(connection);
        });
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

  /**
   * Checks that a caller has a transaction to join.
   *
   * @throws IllegalArgumentException if autocommit is on
   */
  static void requireOpen(Connection connection) throws SQLException {
    if (connection.getAutoCommit()) {
      throw new IllegalArgumentException(
          "connection: autocommit is on (expected: a transaction that you commit)");
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
      known.remove(session.key());
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
    Defaults defaults = known.get(session.key());
    if (defaults == null) {
      defaults = session.fits() ? Defaults.FIT : Defaults.DIFFER;
      known.put(session.key(), defaults);
    }
    return defaults == Defaults.DIFFER || session.connection().isReadOnly();
  }
}
