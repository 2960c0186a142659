package io.skald.store.jooq;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Statements that are planned once per connection: their planning costs more than running them. The
 * plan may be made when the tables are empty, so it must not rest on that. No lock is waited for
 * longer than 2 s. The settings end with the transaction.
 */
final class PlanOnce {
  /** What goes before the statement, in the same round trip. */
  static final String SETTINGS =
      """
      set local plan_cache_mode = force_generic_plan;
      set local enable_seqscan = off;
      set local lock_timeout = '2s';
      """;

  private PlanOnce() {}

  /** Executes a statement that begins with {@link #SETTINGS}, up to its first result. */
  static void execute(PreparedStatement statement) throws SQLException {
    statement.execute();
    for (int setting = 0; setting < 3; setting++) {
      statement.getMoreResults();
    }
  }
}
