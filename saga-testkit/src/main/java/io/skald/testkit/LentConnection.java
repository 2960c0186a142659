package io.skald.testkit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the test's, lent to a local step: it refuses what an engine's refuses, so that a
 * step which ends its own transaction fails its test already. A COMMIT sent as SQL is not seen.
 *
 * @param connection the connection of the test
 */
record LentConnection(Connection connection) implements InvocationHandler {
  private static final Set<String> REFUSED =
      Set.of("commit", "close", "abort", "setAutoCommit", "setTransactionIsolation", "setReadOnly");

  /** What the step sees. */
  static Connection of(Connection connection) {
    Class<?>[] types = {Connection.class};
    return (Connection)
        Proxy.newProxyInstance(
            LentConnection.class.getClassLoader(), types, new LentConnection(connection));
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
    if (name.equals("unwrap") && arguments != null && arguments[0] == Connection.class) {
      return proxy;
    }
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
