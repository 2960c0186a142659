package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What a statement reads under its generic plan, by what EXPLAIN ANALYZE says. */
final class RowsRead {
  private static final Pattern ROWS =
      Pattern.compile("\\(actual rows=([0-9.]+) loops=([0-9]+)\\)|Removed by [^:]+: ([0-9]+)");

  private RowsRead() {}

  /**
   * The rows that the statement's plan reads, at all of its places together. What it writes is
   * rolled back.
   *
   * @param values those of its binds, as SQL
   */
  static double by(TestDatabase database, String sql, String values) throws SQLException {
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("set local plan_cache_mode = force_generic_plan");
      statement.execute("set local enable_seqscan = off");
      statement.execute("prepare p as " + numbered(new SqlText(database.schema()).render(sql)));
      double read = 0;
      try (ResultSet rows =
          statement.executeQuery(
              "explain (analyze, costs off, timing off, summary off, buffers off) execute p ("
                  + values
                  + ")")) {
        while (rows.next()) {
          read += ROWS.matcher(rows.getString(1)).results().mapToDouble(RowsRead::rows).sum();
        }
      }
      connection.rollback();
      statement.execute("deallocate p");
      connection.rollback();
      return read;
    }
  }

  private static double rows(MatchResult found) {
    return found.group(3) != null
        ? Double.parseDouble(found.group(3))
        : Double.parseDouble(found.group(1)) * Double.parseDouble(found.group(2));
  }

  private static String numbered(String sql) {
    String numbered = sql;
    for (int bind = 1; numbered.contains("?"); bind++) {
      numbered = numbered.replaceFirst("\\?", "\\$" + bind);
    }
    return numbered;
  }
}
