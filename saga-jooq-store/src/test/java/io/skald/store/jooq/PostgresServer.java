package io.skald.store.jooq;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A PostgreSQL server for tests: an embedded one or, where {@code
 * -Dskald.postgres.image=postgres:18} asks for it and Docker answers, one in a container.
 */
public final class PostgresServer implements Closeable {
  private static final String IMAGE = System.getProperty("skald.postgres.image", "");
  private static final String SUPERUSER = "postgres";

  private final Closeable server;
  private final String host;
  private final int port;

  private PostgresServer(Closeable server, String host, int port) {
    this.server = server;
    this.host = host;
    this.port = port;
  }

  /** Starts a server with these settings. */
  public static PostgresServer start(Map<String, String> settings) {
    return !IMAGE.isEmpty() && DockerClientFactory.instance().isDockerAvailable()
        ? inContainer(settings)
        : embedded(settings);
  }

  private static PostgresServer embedded(Map<String, String> settings) {
    try {
      var builder = EmbeddedPostgres.builder();
      settings.forEach(builder::setServerConfig);
      EmbeddedPostgres server = builder.start();
      return new PostgresServer(server, "localhost", server.getPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("resource") // closed with the server
  private static PostgresServer inContainer(Map<String, String> settings) {
    List<String> command = new ArrayList<>(List.of("postgres"));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    var container =
        new PostgreSQLContainer(IMAGE)
            .withDatabaseName(SUPERUSER)
            .withUsername(SUPERUSER)
            .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
            .withCommand(command.toArray(String[]::new));
    container.start();
    int port = container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT);
    return new PostgresServer(container::close, container.getHost(), port);
  }

  /** Where a database is, for a user who needs no password. */
  public String url(String user, String database) {
    return "jdbc:postgresql://%s:%d/%s?user=%s".formatted(host, port, database, user);
  }

  /** Where the database of the superuser is. */
  public String url() {
    return url(SUPERUSER, SUPERUSER);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
