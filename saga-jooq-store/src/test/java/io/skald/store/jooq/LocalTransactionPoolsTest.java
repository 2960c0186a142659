package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.NodeId;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Local steps on pools whose connections are set up in other ways. */
class LocalTransactionPoolsTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set default_transaction_isolation = 'serializable'",
        "set default_transaction_isolation = 'repeatable read'",
        "set default_transaction_read_only = on"
      })
  void stepsAreReadCommittedAndWritableWhateverThePoolsDefault(String setting) {
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setConnectionInitSql(setting))) {
      walksThroughALife(DATABASE.store(pool));
    }
  }

  @Test
  void stepsAreReadCommittedWhereTheConnectionsOfAPoolDiffer() {
    DATABASE.execute("create role changing superuser login");
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url("changing")))) {
      JooqSagaStore own = DATABASE.store(pool);
      walksThroughALife(own);
      DATABASE.execute("alter role changing set default_transaction_isolation = 'serializable'");
      pool.getHikariPoolMXBean().softEvictConnections();
      walksThroughALife(own);
    } finally {
      DATABASE.execute("drop role changing");
    }
  }

  @Test
  void stepsAreReadCommittedAndWritableOnReadOnlyAndSerializablePools() {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config -> {
              config.setReadOnly(true);
              config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
            })) {
      walksThroughALife(DATABASE.store(pool));
    }
  }

  @Test
  void poolsWithAutocommitOffWorkAndKeepIt() throws SQLException {
    try (HikariDataSource pool = TestDatabase.pool(config -> config.setAutoCommit(false))) {
      walksThroughALife(DATABASE.store(pool));
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isFalse();
      }
    }
  }

  private void walksThroughALife(JooqSagaStore own) {
    NodeId owner = joined(own);
    Fence first = started(own, owner);
    LocalOutcome outcome =
        own.runLocal(
            first,
            LIMIT,
            tx -> {
              assertThat(setting(tx, "transaction_isolation")).isEqualTo("read committed");
              assertThat(setting(tx, "transaction_read_only")).isEqualTo("off");
              return recorded(first, succeeded("a", 1));
            });
    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(own.settle(first.saga(), owner).orElseThrow().log()).hasSize(1);
    Fence second = first.next();
    assertThat(own.runLocal(second, LIMIT, tx -> ended(second, succeeded("b", 2))))
        .isEqualTo(new LocalOutcome.Committed());
    assertThat(own.load(first.saga()).orElseThrow().saga().status())
        .isEqualTo(SagaStatus.COMPLETED);
    own.leave(owner);
  }

  private static String setting(LocalTransaction tx, String name) throws SQLException {
    try (Statement statement = tx.connection().createStatement();
        ResultSet rows = statement.executeQuery("show " + name)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }
}
