package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.Transaction;
import org.jooq.TransactionContext;
import org.jooq.TransactionProvider;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DefaultConfiguration;
import org.jooq.impl.DefaultDSLContext;

/** jOOQ as the store uses it and steps are given it: PostgreSQL, silent. */
final class Jooq {
  static {
    // read once, when jOOQ is first used; an application that wants the banner sets them to false
    silence("org.jooq.no-logo");
    silence("org.jooq.no-tips");
  }

  private Jooq() {}

  /** For a local step: what jOOQ calls a transaction is a savepoint of the engine's. */
  static DSLContext inside(Connection connection) {
    var configuration = new DefaultConfiguration();
    configuration.setConnection(connection);
    configuration.setSQLDialect(SQLDialect.POSTGRES);
    configuration.setTransactionProvider(new Savepoints(connection));
    // else every statement is in the log at DEBUG, with the values it binds
    configuration.settings().setExecuteLogging(false);
    return new DefaultDSLContext(configuration);
  }

  /** What is done with the connection of a transaction. */
  @FunctionalInterface
  interface Use<T, X extends Exception> {
    T of(Connection connection) throws X;
  }

  /**
   * Uses the connection of a transaction of jOOQ.
   *
   * @throws SagaStoreException if there is none
   */
  static <T, X extends Exception> T on(ConnectionProvider connections, Use<T, X> use) throws X {
    Connection connection = connections.acquire();
    if (connection == null) {
      throw new SagaStoreException(
          "The jOOQ configuration has no connection: pass the one given inside a transaction",
          SagaStoreException.Kind.PERMANENT,
          null);
    }
    try {
      return use.of(connection);
    } finally {
      connections.release(connection);
    }
  }

  /** Transactions inside one that belongs to somebody else. */
  private record Savepoints(Connection connection) implements TransactionProvider {
    private record Point(Savepoint savepoint) implements Transaction {}

    @Override
    public void begin(TransactionContext context) {
      try {
        context.transaction(new Point(connection.setSavepoint()));
      } catch (SQLException e) {
        throw failed("set", e);
      }
    }

    @Override
    public void commit(TransactionContext context) {
      try {
        connection.releaseSavepoint(savepoint(context));
      } catch (SQLException e) {
        throw failed("released", e);
      }
    }

    @Override
    public void rollback(TransactionContext context) {
      try {
        connection.rollback(savepoint(context));
      } catch (SQLException e) {
        throw failed("rolled back to", e);
      }
    }

    private static Savepoint savepoint(TransactionContext context) {
      if (context.transaction() instanceof Point point) {
        return point.savepoint();
      }
      throw new IllegalStateException("jOOQ ends a transaction it did not begin");
    }

    private static DataAccessException failed(String what, SQLException error) {
      return new DataAccessException("The step's savepoint cannot be " + what, error);
    }
  }

  private static void silence(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "true");
    }
  }
}
