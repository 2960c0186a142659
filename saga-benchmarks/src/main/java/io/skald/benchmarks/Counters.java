package io.skald.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What the server has counted so far.
 *
 * @param commits transactions committed
 * @param rollbacks transactions rolled back
 * @param inserted rows inserted into tables
 * @param updated rows updated
 */
record Counters(double commits, double rollbacks, double inserted, double updated) {

  private static final String READ =
      """
      select d.xact_commit, d.xact_rollback,
        (select coalesce(sum(n_tup_ins), 0) from pg_stat_user_tables),
        (select coalesce(sum(n_tup_upd), 0) from pg_stat_user_tables)
      from pg_stat_database d
      where d.datname = current_database()
      """;

  static Counters read(Server server) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(READ)) {
      row.next();
      return new Counters(row.getDouble(1), row.getDouble(2), row.getDouble(3), row.getDouble(4));
    }
  }

  /** What was added since {@code before}, divided by {@code parts}. */
  Counters since(Counters before, double parts) {
    return new Counters(
        (commits - before.commits) / parts,
        (rollbacks - before.rollbacks) / parts,
        (inserted - before.inserted) / parts,
        (updated - before.updated) / parts);
  }
}
