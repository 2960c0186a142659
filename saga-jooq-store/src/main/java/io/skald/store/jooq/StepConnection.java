package io.skald.store.jooq;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connection a local step is given: it refuses what would end the step's transaction or change
 * the session for its next user. Savepoints are allowed.
 */
final class StepConnection implements InvocationHandler {
  private static final Set<String> REFUSED =
      Set.of("commit", "close", "abort", "setAutoCommit", "setTransactionIsolation", "setReadOnly");

  private final Connection connection;

  private StepConnection(Connection connection) {
    this.connection = connection;
  }

  static Connection around(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            StepConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new StepConnection(connection));
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
