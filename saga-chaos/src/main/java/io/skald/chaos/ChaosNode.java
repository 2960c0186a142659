package io.skald.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.error.SagaException;
import io.skald.store.jooq.JooqSagaStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A node in a process of its own: starts transfers and runs what it can get, until it is killed.
 */
public final class ChaosNode {
  static final Duration LEASE = Duration.ofSeconds(2);
  static final int ACCOUNTS = 16;

  private ChaosNode() {}

  /** Runs a node; arguments: JDBC URL, port of the participant, name, seed. */
  public static void main(String[] arguments) throws SQLException {
    HikariDataSource pool = pool(arguments[0]);
    SagaDefinition<Transfer, Done> saga =
        Transfer.saga(new RemoteClient(Integer.parseInt(arguments[1])));
    var options =
        EngineOptions.defaults()
            .withNodeName(arguments[2])
            .withPollInterval(Duration.ofMillis(100))
            .withLease(LEASE, Duration.ofMillis(400));
    SagaEngine engine =
        SagaEngine.builder(JooqSagaStore.builder(pool).build())
            .options(options)
            .define(saga)
            .build();
    engine.open();
    startSagas(engine, saga, pool, arguments[2], new Random(Long.parseLong(arguments[3])));
    LockSupport.park();
  }

  private static void startSagas(
      SagaEngine engine,
      SagaDefinition<Transfer, Done> saga,
      HikariDataSource pool,
      String name,
      Random random)
      throws SQLException {
    for (int i = 0; !isStopped(pool); i++) {
      var transfer =
          new Transfer(name + "-" + i, random.nextInt(ACCOUNTS), 1 + random.nextInt(500));
      try {
        engine.start(saga, transfer);
      } catch (SagaException e) {
        System.err.println("not started: " + e);
      }
      LockSupport.parkNanos(Duration.ofMillis(5 + random.nextInt(20)).toNanos());
    }
  }

  private static boolean isStopped(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select exists (select from stop)")) {
      return rows.next() && rows.getBoolean(1);
    }
  }

  static HikariDataSource pool(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(12);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }
}
