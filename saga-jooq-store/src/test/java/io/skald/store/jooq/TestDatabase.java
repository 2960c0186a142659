package io.skald.store.jooq;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * A schema of its own on the one PostgreSQL server of this JVM, which ends with it. Its pool is
 * closed with the instance.
 */
final class TestDatabase implements AutoCloseable {
  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private static final class Server {
    static final PostgresServer INSTANCE =
        PostgresServer.start(
            Map.of(
                "max_connections", "300",
                "max_prepared_transactions", "0",
                "synchronous_commit", "off"));
  }

  private final String schema = "skald_" + SCHEMAS.incrementAndGet();
  private final HikariDataSource pool;

  private TestDatabase(HikariDataSource pool) {
    this.pool = pool;
  }

  /** A schema that does not exist yet. */
  static TestDatabase empty() {
    return new TestDatabase(pool(config -> {}));
  }

  /**
   * A migrated schema, with a table {@code business (id text primary key, note text)} beside it.
   */
  static TestDatabase migrated() {
    TestDatabase database = empty();
    new SkaldSchema(database.pool, database.schema).migrate();
    database.execute("create table %s.business (id text primary key, note text)");
    return database;
  }

  /** Another pool on the same server. */
  static HikariDataSource pool(Consumer<HikariConfig> settings) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(Server.INSTANCE.url());
    // the nodes of most tests never leave, and each keeps a connection
    config.setMaximumPoolSize(60);
    config.setMinimumIdle(0);
    settings.accept(config);
    return new HikariDataSource(config);
  }

  static String url(String user) {
    return Server.INSTANCE.url(user, "postgres");
  }

  /** Waits, at most 20 seconds, for something that happens on the server or in another thread. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("It did not happen within 20 seconds");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  String schema() {
    return schema;
  }

  HikariDataSource pool() {
    return pool;
  }

  JooqSagaStore store() {
    return store(pool);
  }

  /** A store on another pool. */
  JooqSagaStore store(DataSource other) {
    return JooqSagaStore.builder(SeededSqlBug.seededIn(other))
        .schema(schema)
        .migration(Migration.NONE)
        .build();
  }

  /** Runs statements; {@code %s} stands for the schema. */
  void execute(String sql) {
    try (Connection connection = pool.getConnection()) {
      execute(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Runs statements on a connection; {@code %s} stands for the schema. */
  void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", schema));
    }
  }

  /** The only value of a query; {@code %s} stands for the schema. */
  String value(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.replace("%s", schema))) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "nothing";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  int count(String table) {
    return Integer.parseInt(value("select count(*) from %s." + table));
  }

  @Override
  public void close() {
    execute("drop schema if exists %s cascade");
    pool.close();
  }
}
