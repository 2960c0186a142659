package io.skald.store.jooq;

import io.skald.engine.spi.FreedLocks;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** Gives back what sagas have or wait for that were ended, or deleted, past this store. */
final class FreeLostLocks {
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  /**
   * A stretch of saga_lock_pkey; the sagas by saga_pkey. A saga is committed before it asks for
   * anything, so that none is here too early.
   */
  private static final String FREE_LOST =
      """
      with looked as materialized (
        select p.saga_id, p.name, p.key
        from skald.saga_lock p
        where p.saga_id > ?
        order by p.saga_id
        fetch first ? rows with ties
      ), freed as (
        delete from skald.saga_lock p
        using looked l
        where p.saga_id = l.saga_id
          and p.name = l.name
          and p.key = l.key
          and not exists (
            select
            from skald.saga s
            where s.id = l.saga_id
              and s.finished_at is null)
        returning p.name, p.key
      ), noted as (
        insert into skald.saga_lock_freed (name, key)
        select distinct d.name, d.key
        from freed d
      )
      select (select count(*)::integer from freed), (select count(*)::integer from looked),
        (select l.saga_id from looked l order by l.saga_id desc limit 1)
      """;

  private final Transactions transactions;
  private final String freeLost;

  FreeLostLocks(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.freeLost = text.renderWithCommit(PlanOnce.SETTINGS + FREE_LOST);
  }

  FreedLocks freeLost(Optional<SagaId> after, int limit) {
    return transactions.run(
        "Freeing lost locks", connection -> freeLost(connection, after, Math.max(1, limit)));
  }

  private FreedLocks freeLost(Connection connection, Optional<SagaId> after, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(freeLost)) {
      new Binds(statement).uuid(after.map(SagaId::value).orElse(BEFORE_ALL)).integer(limit);
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        Optional<SagaId> last = Optional.ofNullable(row.getObject(3, UUID.class)).map(SagaId::new);
        return new FreedLocks(row.getInt(1), row.getInt(2) < limit ? Optional.empty() : last);
      }
    }
  }
}
