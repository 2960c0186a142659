package io.skald.store.jooq;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.PgConnection;

/**
 * A pool whose transactions meet conflicts, as those of a database that orders transactions by
 * refusing some: in place of a statement, or of a commit, the server raises 40001, which ends the
 * transaction. Safe for use by several threads.
 */
final class ConflictingPool {
  private static final String CONFLICT =
      """
      do $$
      begin
        raise exception 'conflict' using errcode = '40001';
      end
      $$
      """;

  private final BooleanSupplier strikes;
  private final AtomicInteger struck = new AtomicInteger();

  /**
   * A pool.
   *
   * @param strikes is asked at each statement and each commit whether it meets a conflict
   */
  ConflictingPool(BooleanSupplier strikes) {
    this.strikes = strikes;
  }

  /** How many conflicts there were. */
  int struck() {
    return struck.get();
  }

  DataSource over(DataSource pool) {
    return decorated(
        DataSource.class,
        (method, values) -> {
          Object answer = Delegated.to(pool, method, values);
          return answer instanceof Connection connection ? over(connection) : answer;
        });
  }

  private Connection over(Connection connection) {
    return decorated(
        Connection.class,
        (method, values) -> {
          if (method.getName().equals("commit") && isOpen(connection)) {
            strike(connection);
          }
          Object answer = Delegated.to(connection, method, values);
          return answer instanceof Statement statement
              ? over(connection, statement, method.getReturnType())
              : answer;
        });
  }

  /** What a statement has committed with it is past a conflict. */
  private static boolean isOpen(Connection connection) throws SQLException {
    return connection.unwrap(PgConnection.class).getTransactionState() != TransactionState.IDLE;
  }

  private Object over(Connection connection, Statement statement, Class<?> type) {
    return decorated(
        type,
        (method, values) -> {
          if (method.getName().startsWith("execute") && !isLookAtDefaults(values)) {
            strike(connection);
          }
          return Delegated.to(statement, method, values);
        });
  }

  /** Which depends on the connection that the pool happens to lend, and is no part of a call. */
  private static boolean isLookAtDefaults(@Nullable Object @Nullable [] values) {
    return values != null && values.length > 0 && Session.DEFAULTS.equals(values[0]);
  }

  private void strike(Connection connection) throws SQLException {
    if (strikes.getAsBoolean()) {
      struck.incrementAndGet();
      try (Statement statement = connection.createStatement()) {
        statement.execute(CONFLICT);
      }
    }
  }

  /** What a call comes to. */
  @FunctionalInterface
  private interface Answering {
    @Nullable Object answer(Method method, @Nullable Object @Nullable [] values) throws Throwable;
  }

  private static <T> T decorated(Class<T> type, Answering answering) {
    return type.cast(
        Proxy.newProxyInstance(
            ConflictingPool.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, values) -> answering.answer(method, values)));
  }
}
