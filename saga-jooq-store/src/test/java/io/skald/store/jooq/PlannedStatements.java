package io.skald.store.jooq;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The statements that went through a data source, as they were sent, and the generic plans
 * PostgreSQL makes of them: those a prepared statement ends up with, which know none of its values.
 */
final class PlannedStatements {
  private final DataSource pool;
  private final List<Sent> sent = new CopyOnWriteArrayList<>();

  /** What was sent as one, and the types of its binds as the driver declares them. */
  private record Sent(String sql, Map<Integer, String> types) {}

  PlannedStatements(DataSource pool) {
    this.pool = pool;
  }

  /** The data source. */
  DataSource dataSource() {
    return decorated(
        DataSource.class,
        pool,
        (method, values, answer) ->
            answer instanceof Connection connection ? remembering(connection) : answer);
  }

  private Connection remembering(Connection connection) {
    return decorated(
        Connection.class,
        connection,
        (method, values, answer) ->
            answer instanceof PreparedStatement statement
                ? remembering(statement, String.valueOf(values.getFirst()))
                : answer);
  }

  private PreparedStatement remembering(PreparedStatement statement, String sql) {
    var one = new Sent(sql, new TreeMap<>());
    sent.add(one);
    return decorated(
        PreparedStatement.class,
        statement,
        (method, values, answer) -> {
          if (method.startsWith("set") && values.size() == 2) {
            one.types().put((Integer) values.getFirst(), typeOf(method, values.getLast()));
          }
          return answer;
        });
  }

  private static String typeOf(String setter, @Nullable Object value) throws SQLException {
    return switch (setter) {
      case "setString" -> "varchar";
      case "setBytes" -> "bytea";
      case "setInt" -> "integer";
      case "setLong" -> "bigint";
      case "setObject" -> "uuid";
      case "setNull" -> Objects.equals(value, Types.BIGINT) ? "bigint" : "uuid";
      case "setArray" -> ((Array) Objects.requireNonNull(value)).getBaseTypeName() + "[]";
      default -> throw new IllegalArgumentException(setter);
    };
  }

  /** What becomes of the answer to a call. */
  @FunctionalInterface
  private interface Answering {
    @Nullable Object answer(String method, List<@Nullable Object> values, @Nullable Object answer)
        throws SQLException;
  }

  private static <T> T decorated(Class<T> type, T target, Answering answering) {
    InvocationHandler handler =
        (proxy, method, values) ->
            answering.answer(
                method.getName(),
                values == null ? List.of() : Arrays.asList(values),
                Delegated.to(target, method, values));
    return type.cast(
        Proxy.newProxyInstance(
            PlannedStatements.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** The plans of everything sent since this was last asked, a node of a plan each. */
  List<String> nodes() throws SQLException {
    List<String> nodes = new ArrayList<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (Sent one : sent) {
        statement.execute("set local plan_cache_mode = force_generic_plan");
        explain(statement, one, nodes);
        // and with it what the statement has set for itself
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
    sent.clear();
    return nodes;
  }

  private static void explain(Statement statement, Sent sent, List<String> nodes)
      throws SQLException {
    int binds = 0;
    for (String part : sent.sql().split(";")) {
      String sql = part.strip();
      if (sql.startsWith("set ")) {
        statement.execute(sql);
      } else if (!isOfTheTransaction(sql)) {
        List<String> types = new ArrayList<>();
        while (sql.contains("?")) {
          types.add(Objects.requireNonNull(sent.types().get(++binds), sql));
          sql = sql.replaceFirst("\\?", "\\$" + types.size());
        }
        prepare(statement, sql, types);
        read(statement, types.size(), nodes);
        statement.execute("deallocate p");
      }
    }
  }

  private static boolean isOfTheTransaction(String sql) {
    return sql.equals("commit") || sql.startsWith("savepoint ") || sql.startsWith("release ");
  }

  private static void prepare(Statement statement, String sql, List<String> types)
      throws SQLException {
    String declared = types.isEmpty() ? "" : "(" + String.join(", ", types) + ")";
    statement.execute("prepare p " + declared + " as " + sql);
  }

  private static void read(Statement statement, int binds, List<String> nodes) throws SQLException {
    String values =
        binds == 0 ? "" : "(" + String.join(", ", Collections.nCopies(binds, "null")) + ")";
    StringBuilder plan = new StringBuilder();
    try (ResultSet rows = statement.executeQuery("explain (costs off) execute p " + values)) {
      while (rows.next()) {
        plan.append(rows.getString(1)).append('\n');
      }
    }
    nodes.addAll(List.of(plan.toString().split("->")));
  }
}
