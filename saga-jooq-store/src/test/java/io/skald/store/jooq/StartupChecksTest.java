package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StartupChecksTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  /** What the connections of a pooler look like on which others have prepared statements. */
  private static final String USED_BY_OTHERS =
      IntStream.rangeClosed(1, 20)
          .mapToObj("prepare \"S_%d\" as select 1"::formatted)
          .collect(Collectors.joining("; "));

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private static void usedByOthers(HikariConfig config) {
    config.setConnectionInitSql(USED_BY_OTHERS);
  }

  @Test
  void namesTheSettingAPoolerWithoutPreparedStatementsNeeds() {
    try (HikariDataSource pool = TestDatabase.pool(StartupChecksTest::usedByOthers)) {
      JooqSagaStore store = DATABASE.store(pool);

      assertThatThrownBy(() -> joined(store))
          .isInstanceOf(SagaStoreException.class)
          .hasMessageContaining("42P05")
          .hasMessageContaining("prepareThreshold=0");
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  @Test
  void preparesNothingWhereTheDriverMayNot() {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config -> {
              usedByOthers(config);
              config.addDataSourceProperty("prepareThreshold", "0");
            })) {
      JooqSagaStore store = DATABASE.store(pool);

      assertThat(store.heartbeat(joined(store))).isTrue();
    }
  }

  @Test
  void refusesAPoolWithoutASecondConnection() {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config -> {
              config.setMaximumPoolSize(1);
              config.setConnectionTimeout(250);
            })) {
      JooqSagaStore store = DATABASE.store(pool);

      assertThatThrownBy(() -> joined(store))
          .isInstanceOf(SagaStoreException.class)
          .hasMessageContaining("beside the one of the node's lease");
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  private static List<String> missing(String initSql) {
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setConnectionInitSql(initSql))) {
      var errors = new SqlErrors(DATABASE.schema());
      return new StartupChecks(new Transactions(pool, errors)).missingSettings();
    }
  }

  @Test
  void namesTheSettingsThatAreOff() {
    boolean limitsTransactions =
        Integer.parseInt(DATABASE.value("show server_version_num")) >= 170_000;

    assertThat(missing("select 1"))
        .isEqualTo(
            limitsTransactions
                ? List.of("idle_in_transaction_session_timeout", "transaction_timeout")
                : List.of("idle_in_transaction_session_timeout"));
    assertThat(missing("set idle_in_transaction_session_timeout = '1min'"))
        .isEqualTo(limitsTransactions ? List.of("transaction_timeout") : List.of());
    if (limitsTransactions) {
      assertThat(
              missing(
                  "set idle_in_transaction_session_timeout = '1min'; set transaction_timeout ="
                      + " '1h'"))
          .isEmpty();
    }
  }
}
