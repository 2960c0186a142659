package io.skald.testkit;

import io.skald.engine.spi.LocalTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A local transaction in memory, and on a connection of the test's if there are such and the step
 * asks for one. What is not committed is dropped when it is closed.
 */
final class InMemoryTransaction implements LocalTransaction, AutoCloseable {
  private final InMemoryTables tables;
  private final @Nullable Supplier<Connection> connections;
  private @Nullable Connection connection;

  InMemoryTransaction(InMemoryTables tables, @Nullable Supplier<Connection> connections) {
    this.tables = tables;
    this.connections = connections;
  }

  @Override
  public Connection connection() {
    if (connections == null) {
      throw new UnsupportedOperationException(
          "the in-memory store has no connection (expected: tx.unwrap(InMemoryTables.class), a"
              + " store that was given connections, or a test on PostgreSQL)");
    }
    Connection open = connection;
    if (open == null) {
      open = begun(connections.get());
      connection = open;
    }
    return open;
  }

  private static Connection begun(Connection fresh) {
    try {
      fresh.setAutoCommit(false);
      return fresh;
    } catch (SQLException e) {
      throw new IllegalStateException("the connection of the test cannot begin", e);
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(tables)) {
      return type.cast(tables);
    }
    if (type == Connection.class) {
      return type.cast(connection());
    }
    throw new IllegalArgumentException(
        "type: %s (expected: InMemoryTables)".formatted(type.getName()));
  }

  /** Makes what the step wrote visible: first on the connection, which may still refuse. */
  void commit() throws SQLException {
    if (connection != null) {
      connection.commit();
    }
    tables.commit();
  }

  @Override
  public void close() {
    try (Connection open = connection) {
      if (open != null) {
        open.rollback();
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the connection of the test cannot be given back", e);
    }
  }
}
