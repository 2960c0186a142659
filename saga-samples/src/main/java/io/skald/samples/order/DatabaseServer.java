package io.skald.samples.order;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/** A real PostgreSQL server that lives in a folder, durable like any other. */
final class DatabaseServer implements AutoCloseable {
  static final List<String> DATABASES = List.of("orders", "inventory", "payments");

  private final EmbeddedPostgres postgres;

  private DatabaseServer(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /** Unpacks a server into that folder, and starts it. */
  static DatabaseServer start(Path folder) throws IOException {
    return new DatabaseServer(
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(folder.resolve("postgres").toFile())
            .setDataDirectory(dataIn(folder))
            .setRegisterShutdownHook(false)
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on")
            .start());
  }

  /** Where the server in that folder keeps its data. */
  static Path dataIn(Path folder) {
    return folder.resolve("data");
  }

  /** Creates the services' databases. */
  void create() throws SQLException {
    for (String database : DATABASES) {
      execute("create database " + database);
    }
  }

  DataSource dataSource(String database) {
    return postgres.getDatabase("postgres", database);
  }

  String jdbcUrl(String database) {
    return postgres.getJdbcUrl("postgres", database);
  }

  /** The server in a few words, with what makes its commits durable as the server itself says. */
  String description() throws SQLException {
    return "PostgreSQL %s on port %d, fsync %s"
        .formatted(setting("server_version"), postgres.getPort(), setting("fsync"));
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String setting(String name) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("show " + name)) {
      row.next();
      return row.getString(1);
    }
  }
}
