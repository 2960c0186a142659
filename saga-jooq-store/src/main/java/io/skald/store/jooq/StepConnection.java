package io.skald.store.jooq;

import java.lang.reflect.Array;
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
import org.postgresql.util.PSQLException;

/**
 * The connection a local step, or the work of an inbox, is given: it refuses what would end the
 * step's transaction or change the session for its next user. Savepoints are allowed.
 *
 * <p>A COMMIT or ROLLBACK sent as SQL, or through the driver's own connection, cannot be refused
 * without reading SQL. It is noticed afterwards: the driver knows, without asking the server, that
 * a transaction which was open is not any more. Not seen is one that begins the next transaction in
 * the same breath ({@code commit and chain}), one after which a statement goes another way than
 * through this connection (the driver's own, and in an application's transaction JPA and {@code
 * JdbcTemplate}), and any where nothing of the step went through this connection.
 */
final class StepConnection implements InvocationHandler {
  private static final Set<String> REFUSED =
      Set.of("commit", "close", "abort", "setAutoCommit", "setTransactionIsolation", "setReadOnly");

  private static final String PROTOCOL_VIOLATION = "08P01";
  private static final Set<String> BEGIN_REFUSED = Set.of("42P05", "26000", PROTOCOL_VIOLATION);

  private final Connection connection;
  private final Use use;
  private final Connection seen;
  private final @Nullable BaseConnection driver;
  private boolean begun;
  private boolean ended;

  /** What a connection is given to, in the words of a refusal. */
  enum Use {
    STEP("a local step", "the engine"),
    INBOX("the work of an inbox", "whoever began it");

    private final String where;
    private final String owner;

    Use(String where, String owner) {
      this.where = where;
      this.owner = owner;
    }

    private String refusal(String start, String end) {
      return start
          + where
          + end
          + ": its transaction belongs to "
          + owner
          + ". Throw to roll back; use a savepoint to undo a part";
    }
  }

  StepConnection(Connection connection) {
    this(connection, Use.STEP);
  }

  StepConnection(Connection connection, Use use) {
    this.connection = connection;
    this.use = use;
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

  /** Whether an SQL error has aborted the transaction: COMMIT would be answered by ROLLBACK. */
  boolean isAborted() {
    return driver != null && driver.getTransactionState() == TransactionState.FAILED;
  }

  /** A pool that hides the driver is taken as it is: its steps are not watched. */
  static @Nullable BaseConnection driver(Connection connection) {
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
      throw new IllegalStateException(use.refusal(name + "() is refused inside ", ""));
    }
    if (isUnwrappedAs(proxy, name, arguments)) {
      return proxy;
    }
    Object result = call(connection, method, arguments);
    return result instanceof Statement statement
        ? proxy(method.getReturnType(), new StepStatement(statement, text(arguments, "")))
        : result;
  }

  private static boolean isUnwrappedAs(Object proxy, String name, Object @Nullable [] arguments) {
    return name.equals("unwrap")
        && arguments != null
        && arguments[0] instanceof Class<?> type
        && type.isInstance(proxy);
  }

  /** The SQL among the arguments of a call, which is always the first. */
  private static String text(Object @Nullable [] arguments, String otherwise) {
    return arguments != null && arguments.length > 0 && arguments[0] instanceof String text
        ? text
        : otherwise;
  }

  private static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  /**
   * Whether BEGIN failed, and the statement the driver had sent behind it was done all the same: by
   * itself, and committed. The driver says so after the failure, in words of its own.
   */
  private static boolean isDoneWithoutBegin(SQLException error) {
    for (SQLException at = error.getNextException(); at != null; at = at.getNextException()) {
      if (PROTOCOL_VIOLATION.equals(at.getSQLState()) && !isOfServer(at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfServer(Throwable failure) {
    return failure instanceof PSQLException answer && answer.getServerErrorMessage() != null;
  }

  /**
   * Whether the server refused a statement, which BEGIN went before. Not so where it closed the
   * connection, or, behind a pooler, did not know the prepared BEGIN.
   */
  private boolean isAnswer(SQLException error) throws SQLException {
    if (connection.isClosed() || BEGIN_REFUSED.contains(error.getSQLState())) {
      return false;
    }
    Throwable at = error;
    while (at != null) {
      if (isOfServer(at)) {
        return true;
      }
      at = at.getCause();
    }
    return false;
  }

  /** A statement whose connection is the step's, and which looks what became of its transaction. */
  private final class StepStatement implements InvocationHandler {
    private final Statement statement;
    private final String prepared;

    private StepStatement(Statement statement, String prepared) {
      this.statement = statement;
      this.prepared = prepared;
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
      Object result;
      try {
        result = call(statement, method, arguments);
      } catch (SQLException e) {
        ended |= isDoneWithoutBegin(e);
        begun |= isAnswer(e);
        requireOpen(e);
        throw e;
      }
      begun |= isAnswered(result, text(arguments, prepared));
      requireOpen();
      return result;
    }

    /** What was answered was in a transaction, even if the same string or batch has ended it. */
    private boolean isAnswered(@Nullable Object result, String text) throws SQLException {
      if (result != null && result.getClass().isArray()) {
        return Array.getLength(result) > 0;
      }
      return !isEmpty(text)
          && (statement.getUpdateCount() >= 0 || statement.getResultSet() != null);
    }

    /** The driver counts no rows for an empty query, and sends no BEGIN before it. */
    private static boolean isEmpty(String text) {
      return text.chars().allMatch(c -> c == ';' || Character.isWhitespace(c));
    }

    private void requireOpen() {
      requireOpen(null);
    }

    private void requireOpen(@Nullable SQLException failure) {
      if (hasEnded()) {
        throw new IllegalStateException(
            use.refusal("COMMIT or ROLLBACK was sent inside ", ", or its BEGIN was cancelled"),
            failure);
      }
    }
  }
}
