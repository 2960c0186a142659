package io.skald.samples.order;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** A service's own database, behind a connection pool. */
final class Database implements AutoCloseable {
  private final HikariDataSource pool;

  Database(String jdbcUrl, int connectionsMax) {
    var config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(connectionsMax);
    config.setConnectionTimeout(5_000);
    pool = new HikariDataSource(config);
  }

  /** Work inside a transaction. */
  @FunctionalInterface
  interface Work<T> {
    /** Does the work; the transaction is rolled back if it throws. */
    T on(Connection connection) throws SQLException;
  }

  DataSource dataSource() {
    return pool;
  }

  /** Runs statements that create what is not there yet. */
  void create(String ddl) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(ddl);
    }
  }

  /** Runs the work in one transaction, and commits it before this returns. */
  <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (Throwable e) {
        connection.rollback();
        throw e;
      }
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
