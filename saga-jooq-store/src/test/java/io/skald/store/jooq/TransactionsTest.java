package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionsTest {

  /** Connections of a pool, on which one method fails. */
  private record Failing(Connection connection, String method) {
    Connection seen() {
      return (Connection)
          Proxy.newProxyInstance(
              TransactionsTest.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, called, arguments) -> {
                if (called.getName().equals(method)) {
                  throw new SQLException("no answer", "08006");
                }
                try {
                  return called.invoke(connection, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }

  /** Lends connections that fail, and takes them back. */
  private record Lending(HikariDataSource pool, String method) implements Transactions.Source {
    @Override
    public Connection take() throws SQLException {
      return new Failing(pool.getConnection(), method).seen();
    }

    @Override
    public void giveBack(Connection connection) throws SQLException {
      connection.close();
    }

    @Override
    public void drop(Connection connection) throws SQLException {
      connection.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"isWrapperFor", "unwrap", "getAutoCommit", "setAutoCommit"})
  void aConnectionThatFailsWhenItIsTakenGoesBack(String method) {
    try (HikariDataSource pool = TestDatabase.pool(config -> config.setMaximumPoolSize(1))) {
      var transactions = new Transactions(new Lending(pool, method), new SqlErrors("skald"));

      assertThatThrownBy(transactions::open).isInstanceOf(SQLException.class);
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }
}
