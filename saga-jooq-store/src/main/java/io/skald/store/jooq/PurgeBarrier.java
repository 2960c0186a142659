package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/** Retention of the barrier: some rows in each transaction, and none that anybody has locked. */
final class PurgeBarrier {
  private static final int BATCH = 500;

  /** By saga_barrier_passed_at_idx and saga_barrier_pkey. */
  private static final String DELETE =
      """
      delete from skald.saga_barrier
      where action_key = any (array(
          select action_key
          from skald.saga_barrier
          where passed_at <= (select clock_timestamp() - ? * interval '1 microsecond')
          order by passed_at
          limit ?
          for update skip locked))
      """;

  private final Transactions transactions;
  private final String delete;

  PurgeBarrier(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.delete = text.render(DELETE);
  }

  /** Deletes all that is older, and answers how many rows that were. */
  long purge(Duration age) {
    long purged = 0;
    int some;
    do {
      some = transactions.run("Purging the barrier", connection -> some(connection, age));
      purged += some;
    } while (some == BATCH);
    return purged;
  }

  private int some(Connection connection, Duration age) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      new Binds(statement).bigint(Rows.micros(age)).integer(BATCH);
      return statement.executeUpdate();
    }
  }
}
