package io.skald.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** The connections of one side, and how many there are at most. */
final class Pool implements AutoCloseable {
  private static final Duration EVICTION_MAX = Duration.ofSeconds(10);

  private static final String OTHERS =
      """
      select count(*)
      from pg_stat_activity
      where application_name = ?
        and backend_start < ?::timestamptz
      """;

  private final HikariDataSource source;
  private final Server server;

  /**
   * A pool.
   *
   * @param server where to
   * @param name what the server calls its connections
   * @param connections how many at most
   */
  Pool(Server server, String name, int connections) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(server.url());
    config.setUsername(Server.USER);
    config.setMaximumPoolSize(connections);
    config.addDataSourceProperty("ApplicationName", name);
    config.addDataSourceProperty("socketFactory", CountingSockets.class.getName());
    this.source = new HikariDataSource(config);
    this.server = server;
  }

  DataSource dataSource() {
    return source;
  }

  /**
   * Has every connection closed and made anew: a server process hands in its counts at its end, at
   * the latest.
   */
  void renew() throws SQLException, InterruptedException {
    String now = server.query("select clock_timestamp()::text");
    long end = System.nanoTime() + EVICTION_MAX.toNanos();
    do {
      source.getHikariPoolMXBean().softEvictConnections();
      Thread.sleep(50);
      // the engine keeps one for its heartbeats
    } while (before(now) > source.getHikariPoolMXBean().getActiveConnections()
        && System.nanoTime() < end);
  }

  private long before(String time) throws SQLException {
    try (Connection connection = server.connect();
        PreparedStatement statement = connection.prepareStatement(OTHERS)) {
      statement.setString(1, source.getPoolName());
      statement.setString(2, time);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
