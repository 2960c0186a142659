package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.TransactionBinding;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * The transactions of local steps are READ COMMITTED and read-write, whatever the session's are.
 */
class SpringTransactionBindingTest {
  private static final String REPEATABLE = "set default_transaction_isolation = 'repeatable read'";

  private final TestDatabase database = TestDatabase.create();

  private HikariDataSource pool(Consumer<HikariConfig> settings) {
    var config = new HikariConfig();
    config.setJdbcUrl(database.url());
    settings.accept(config);
    return new HikariDataSource(config);
  }

  private static TransactionBinding bindingOn(HikariDataSource pool) {
    return new SpringTransactionBinding(new JdbcTransactionManager(pool), pool);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void assertFit(TransactionBinding.Session session) throws SQLException {
    assertThat(setting(session, "transaction_isolation")).isEqualTo("read committed");
    assertThat(setting(session, "transaction_read_only")).isEqualTo("off");
  }

  private static String setting(TransactionBinding.Session session, String name)
      throws SQLException {
    try (Statement statement = session.connection().createStatement();
        ResultSet rows = statement.executeQuery("show " + name)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  @Test
  void stepsAreReadCommittedWhereTheConnectionsOfAPoolDiffer() throws Exception {
    try (HikariDataSource pool = pool(config -> config.setMaximumPoolSize(2))) {
      try (Connection one = pool.getConnection();
          Connection other = pool.getConnection()) {
        execute(one, REPEATABLE);
        assertThat(other.isClosed()).isFalse();
      }
      TransactionBinding binding = bindingOn(pool);

      for (int i = 0; i < 3; i++) {
        binding.inNewTransaction(
            outer -> {
              assertFit(outer);
              // needs a connection of its own: the other one
              binding.inNewTransaction(SpringTransactionBindingTest::assertFit);
            });
      }
    }
  }

  @Test
  void whatIsKnownOfAConnectionIsForgottenWhenItsTransactionFails() throws Exception {
    try (HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1))) {
      TransactionBinding binding = bindingOn(pool);
      binding.inNewTransaction(SpringTransactionBindingTest::assertFit);
      try (Connection only = pool.getConnection()) {
        execute(only, REPEATABLE);
      }

      assertThatThrownBy(() -> binding.inNewTransaction(SpringTransactionBindingTest::assertFit))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("repeatable read");
      binding.inNewTransaction(SpringTransactionBindingTest::assertFit);
    }
  }

  /** Spring rolls back and says nothing; who does not hear of it takes it for committed. */
  @Test
  void aTransactionThatIsMarkedForRollbackIsNotTakenForCommitted() {
    try (HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1))) {
      TransactionBinding binding = bindingOn(pool);

      assertThatThrownBy(
              () ->
                  binding.inNewTransaction(
                      session -> session.unwrap(TransactionStatus.class).setRollbackOnly()))
          .isInstanceOf(UnexpectedRollbackException.class)
          .hasMessageContaining("marked for rollback");
    }
  }

  @Test
  void stepsMayWriteOnAReadOnlyPool() throws Exception {
    try (HikariDataSource pool =
        pool(
            config -> {
              config.setMaximumPoolSize(1);
              config.setReadOnly(true);
            })) {
      TransactionBinding binding = bindingOn(pool);

      binding.inNewTransaction(SpringTransactionBindingTest::assertFit);
      binding.inNewTransaction(SpringTransactionBindingTest::assertFit);
    }
  }
}
