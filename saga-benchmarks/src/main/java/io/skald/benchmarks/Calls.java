package io.skald.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the server says it executed, by statement, the most often called first. Without the
 * statements around transactions, of which it misses those that were prepared, and the empty one of
 * a pool's check, which it does not count.
 */
final class Calls {
  private static final String RESET =
      """
      create extension if not exists pg_stat_statements;
      select pg_stat_statements_reset();
      """;

  private static final String READ =
      """
      select left(regexp_replace(query, '\\s+', ' ', 'g'), 110), sum(calls)
      from pg_stat_statements
      where query !~* '^(begin|commit|set|reset)'
        and query !~ 'pg_(stat_statements|backend_pid)'
      group by 1
      order by 2 desc, 1
      """;

  private Calls() {}

  /** Begins to count. */
  static void reset(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(RESET);
    }
  }

  /** How often each statement was called since. */
  static Map<String, Long> read(Connection connection) throws SQLException {
    Map<String, Long> calls = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(READ)) {
      while (rows.next()) {
        calls.put(rows.getString(1), rows.getLong(2));
      }
    }
    return calls;
  }
}
