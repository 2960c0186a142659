package io.skald.store.jooq;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * The connection a local step is given: it refuses what would end the step's transaction or change
 * the session for its next user. Savepoints are allowed.
 *
 * <p>A COMMIT or ROLLBACK sent as SQL, or through the driver's own connection, cannot be refused
 * without reading SQL. It is noticed afterwards: the driver knows, without asking the server, that
 * a transaction which was open is not any more. Only one that begins the next transaction in the
 * same breath ({@code commit and chain}) is not seen.
 */
final class StepConnection implements InvocationHandler {
  private static final Set<String> REFUSED =
      Set.of("commit", "close", "abort", "setAutoCommit", "setTransactionIsolation", "setReadOnly");

  private final Connection connection;
  private final Connection seen;
  private final @Nullable BaseConnection driver;
  private boolean begun;
  private boolean ended;

  StepConnection(Connection connection) {
    this.connection = connection;
    this.seen = proxy(Connection.class, this);
    this.driver = driver(connection);
  }

  /** What the step sees. */
  Connection seen() {
    return seen;
  }

  /** Whether the step has ended its transaction by a back door. */
  boolean hasEnded() {
    if (driver != null && driver.getTransactionState() != TransactionState.IDLE) {
      begun = true;
    } else if (driver != null && begun) {
      ended = true;
    }
    return ended;
  }

  /** A pool that hides the driver is taken as it is: its steps are not watched. */
  private static @Nullable BaseConnection driver(Connection connection) {
    try {
      return connection.isWrapperFor(BaseConnection.class)
          ? connection.unwrap(BaseConnection.class)
          : null;
    } catch (SQLException e) {
      StoreLog.notWatched(e);
      return null;
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            StepConnection.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    boolean endsAll = name.equals("rollback") && arguments == null;
    if (endsAll || REFUSED.contains(name)) {
      throw new IllegalStateException(
          name
              + "() is refused inside a local step: its transaction belongs to the engine."
              + " Throw to roll back; use a savepoint to undo a part");
    }
    if (isUnwrappedAs(proxy, name, arguments)) {
      return proxy;
    }
    Object result = call(connection, method, arguments);
    return result instanceof Statement statement
        ? proxy(method.getReturnType(), new StepStatement(statement))
        : result;
  }

  private static boolean isUnwrappedAs(Object proxy, String name, Object @Nullable [] arguments) {
    return name.equals("unwrap")
        && arguments != null
        && arguments[0] instanceof Class<?> type
        && type.isInstance(proxy);
  }

  private static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  /** A statement whose connection is the step's, and which looks what became of its transaction. */
  private final class StepStatement implements InvocationHandler {
    private final Statement statement;

    private StepStatement(Statement statement) {
      this.statement = statement;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      String name = method.getName();
      if (name.equals("getConnection")) {
        return seen;
      }
      if (isUnwrappedAs(proxy, name, arguments)) {
        return proxy;
      }
      return name.startsWith("execute")
          ? execute(method, arguments)
          : call(statement, method, arguments);
    }

    private @Nullable Object execute(Method method, Object @Nullable [] arguments)
        throws Throwable {
      requireOpen();
      Object result = call(statement, method, arguments);
      // what had an effect was in a transaction, even if the same string has ended it
      begun |= statement.getUpdateCount() > 0 || statement.getResultSet() != null;
      requireOpen();
      return result;
    }

    private void requireOpen() {
      if (hasEnded()) {
        throw new IllegalStateException(
            "COMMIT or ROLLBACK was sent inside a local step: its transaction belongs to the"
                + " engine. Throw to roll back; use a savepoint to undo a part");
      }
    }
  }
}
