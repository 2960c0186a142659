package io.skald.messaging;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.OutboxMessage;
import io.skald.store.jooq.JooqOutboxStore;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/** A relay in a JVM of its own, to be killed. Its broker is a table, which outlives it. */
final class RelayMain {
  private RelayMain() {}

  /** Sends until it is killed: the address of the database, and the schema. */
  public static void main(String[] arguments) throws Exception {
    var config = new HikariConfig();
    config.setJdbcUrl(arguments[0]);
    config.setMaximumPoolSize(8);
    var pool = new HikariDataSource(config);
    RelayOptions options =
        RelayOptions.defaults()
            .withPollInterval(Duration.ofMillis(50))
            .withLease(Duration.ofSeconds(1), Duration.ofMillis(200));
    Relay relay =
        Relay.builder(
                JooqOutboxStore.of(pool, arguments[1]), new TableTransport(pool, arguments[1]))
            .options(options)
            .build();
    relay.open();
    Thread.currentThread().join();
  }

  /**
   * Keeps messages in a table, one after another as they come. One in fifty fails every other time
   * until a relay has postponed it, so that those of its key are put aside.
   */
  private record TableTransport(DataSource pool, String schema, ExecutorService threads)
      implements Transport {

    TableTransport(DataSource pool, String schema) {
      this(pool, schema, Executors.newFixedThreadPool(4));
    }

    @Override
    public CompletionStage<Void> send(OutboxMessage message) {
      return CompletableFuture.runAsync(() -> keep(message), threads);
    }

    private void keep(OutboxMessage message) {
      int number = Integer.parseInt(new String(message.payload(), StandardCharsets.UTF_8));
      if (number % 50 == 7
          && message.attempts() == 0
          && ThreadLocalRandom.current().nextBoolean()) {
        throw new IllegalStateException("try later");
      }
      try (Connection connection = pool.getConnection();
          PreparedStatement insert =
              connection.prepareStatement(
                  "insert into %s.received (key, payload) values (?, ?)".formatted(schema))) {
        insert.setString(1, message.keyOrNull());
        insert.setInt(2, number);
        insert.executeUpdate();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }
}
