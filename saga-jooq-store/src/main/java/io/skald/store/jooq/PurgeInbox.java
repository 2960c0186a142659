package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Forgets old messages, a batch in each transaction, so that whoever receives one of them again
 * waits for a moment at most. What somebody else has locked is skipped.
 */
final class PurgeInbox {
  /** How many are deleted in one transaction. */
  static final int BATCH = 500;

  /**
   * By saga_inbox_received_at_idx, from where the batch before has ended: what it deleted is in the
   * index until vacuum has been there, and would be walked through each time.
   */
  static final String DELETE =
      """
      with old as materialized (
        select i.ctid
        from skald.saga_inbox i
        where i.received_at < (select clock_timestamp() - ? * interval '1 microsecond')
          and i.received_at >= (select timestamptz 'epoch' + ? * interval '1 microsecond')
        order by i.received_at
        limit %d
        for update of i skip locked
      ), gone as (
        delete from skald.saga_inbox
        where ctid = any (array(select ctid from old))
        returning received_at
      )
      select count(*)::integer, max(received_at)
      from gone
      """
          .formatted(BATCH);

  private final Transactions transactions;
  private final String delete;

  private record Batch(int deleted, Optional<Instant> last) {}

  PurgeInbox(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.delete = text.renderWithCommit(PlanOnce.SETTINGS + DELETE);
  }

  /** How many were older; those that are left if the thread is interrupted are left to the next. */
  long purge(Duration age) {
    long deleted = 0;
    Instant from = Instant.EPOCH;
    Batch batch;
    do {
      Instant begin = from;
      batch = transactions.run("Purging an inbox", connection -> delete(connection, age, begin));
      deleted += batch.deleted();
      from = batch.last().orElse(from);
    } while (batch.deleted() == BATCH && !Thread.currentThread().isInterrupted());
    return deleted;
  }

  private Batch delete(Connection connection, Duration age, Instant from) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      new Binds(statement)
          .bigint(Rows.micros(age))
          .bigint(Rows.micros(Duration.between(Instant.EPOCH, from)));
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return new Batch(row.getInt(1), Optional.ofNullable(Rows.instantOrNull(row, 2)));
      }
    }
  }
}
