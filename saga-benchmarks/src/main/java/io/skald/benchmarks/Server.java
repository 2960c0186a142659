package io.skald.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** The PostgreSQL server both sides use, with durability on: set, and asked for again. */
final class Server implements AutoCloseable {
  static final String USER = "postgres";

  /** What must be as it is in production; refused otherwise. */
  private static final Map<String, String> DURABLE =
      Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on");

  private final EmbeddedPostgres postgres;

  private Server(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /** What the server keeps of itself. */
  enum Statistics {
    USUAL,
    /** Each statement's calls and times as well, which costs time. */
    STATEMENTS
  }

  static Server start(Statistics statistics) throws IOException, SQLException {
    var settings = new LinkedHashMap<>(DURABLE);
    settings.put("max_connections", "600");
    settings.put("shared_buffers", "512MB");
    settings.put("max_wal_size", "8GB");
    settings.put("min_wal_size", "1GB");
    settings.put("checkpoint_timeout", "30min");
    if (statistics == Statistics.STATEMENTS) {
      settings.put("shared_preload_libraries", "pg_stat_statements");
      settings.put("pg_stat_statements.track_planning", "on");
    }
    var builder = EmbeddedPostgres.builder();
    settings.forEach(builder::setServerConfig);
    var server = new Server(builder.start());
    server.requireDurable();
    return server;
  }

  private void requireDurable() throws SQLException {
    for (var setting : DURABLE.entrySet()) {
      String actual = query("show " + setting.getKey());
      if (!actual.equals(setting.getValue())) {
        throw new IllegalStateException(
            "%s: %s (expected: %s)".formatted(setting.getKey(), actual, setting.getValue()));
      }
    }
  }

  String url() {
    return postgres.getJdbcUrl(USER, USER);
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url());
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  String query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** The processor time of each of the server's processes, in nanoseconds. */
  Map<Long, Long> processorTimes() throws SQLException {
    return ProcessorTime.ofServer(Long.parseLong(query("select pg_backend_pid()")));
  }

  /** How many bytes of WAL there have been. */
  long walBytes() throws SQLException {
    return Long.parseLong(query("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"));
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
