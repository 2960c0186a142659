package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.jdbc.PgConnection;

/** A kept connection outlives nothing that its pool or its server does to it. */
class KeptConnectionTest {
  private final TestDatabase database = TestDatabase.empty();
  private final List<Connection> lent = new ArrayList<>();
  private Set<String> broken = Set.of();

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : lent) {
      connection.close();
    }
    database.close();
  }

  /** Lends connections that throw from the methods that are broken when they are lent. */
  private DataSource pool() {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> lend());
  }

  private Connection lend() throws SQLException {
    Connection real = database.pool().getConnection();
    lent.add(real);
    Set<String> throwing = broken;
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (throwing.contains(method.getName())) {
                throw new SQLException("taken away by the pool");
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aConnectionThatCannotBeAskedOrAbortedIsReplacedAndGivenBack() throws SQLException {
    var kept = new KeptConnection(pool());
    broken = Set.of("isValid", "abort");
    kept.take();
    broken = Set.of();

    Connection next = kept.take();

    assertThat(next.isValid(1)).isTrue();
    assertThat(kept.take()).isSameAs(next);
    assertThat(lent).hasSize(2);
    assertThat(lent.getFirst().isClosed()).isTrue();
  }

  @Test
  void waitsForTheServerNoLongerThanItIsToldAndGivesBackAConnectionThatDoes() throws SQLException {
    var kept = new KeptConnection(pool());
    kept.answerWithin(Duration.ofMillis(700));
    List<Integer> limits = new ArrayList<>();
    kept.take();
    Connection physical = lent.getFirst().unwrap(PgConnection.class);
    limits.add(physical.getNetworkTimeout());
    kept.release();
    limits.add(physical.getNetworkTimeout());

    assertThat(limits).containsExactly(700, 0);
  }

  @Test
  void aConnectionWhoseWaitsCannotBeBoundedIsKeptAllTheSame() throws SQLException {
    broken = Set.of("setNetworkTimeout", "getNetworkTimeout");
    var kept = new KeptConnection(pool());

    assertThat(kept.take().isValid(1)).isTrue();
    kept.release();
    assertThat(lent.getFirst().isClosed()).isTrue();
  }
}
