package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Those are woken whose turn it may be, by the notes of what was given back ({@link FreePermits}).
 * Nothing is handed over: who is woken asks for itself, as if it came just now ({@link
 * AcquirePermits}), so a wake too many does no harm, and one that fails is made by the next call.
 *
 * <p>All notes of a key are taken together: that thousands have given back one key keeps nobody
 * from being woken who waits for another. A key is left alone of which one that is to be woken is
 * locked, so nothing is ever waited for.
 */
final class WakeWaiters {
  /**
   * For each slot that is free the one that comes first: by saga_permit_freed_pkey,
   * saga_permit_name_key_idx, saga_permit_name_key_rank_since_saga_id_place_idx and saga_pkey.
   */
  private static final String WAKE =
      """
      with noted as materialized (
        select f.name, f.key
        from skald.saga_permit_freed f
        group by f.name, f.key
        order by min(f.freed_at), f.name, f.key
        limit ?
      ), first as materialized (
        select n.name, n.key, w.saga_id
        from noted n
        cross join lateral (
          select count(distinct h.slot) as taken
          from skald.saga_permit h
          where h.name = n.name
            and h.key = n.key
            and h.held_at is not null) t
        cross join lateral (
          select p.slots
          from skald.saga_permit p
          where p.name = n.name
            and p.key = n.key
            and p.held_at is null
            and %1$s
          order by p.rank, p.since, p.saga_id, p.place
          limit 1) q
        cross join lateral (
          select p.saga_id
          from skald.saga_permit p
          where p.name = n.name
            and p.key = n.key
            and p.held_at is null
            and %1$s
          order by p.rank, p.since, p.saga_id, p.place
          limit greatest(0, q.slots - t.taken)) w
      ), locked as materialized (
        select s.id
        from skald.saga s
        where s.id = any (array(select saga_id from first))
        order by s.id
        for no key update skip locked
      ), mine as materialized (
        select f.name, f.key, f.id
        from skald.saga_permit_freed f
        join noted n on n.name = f.name and n.key = f.key
        where not exists (
          select
          from first w
          where w.name = f.name
            and w.key = f.key
            and w.saga_id <> all (array(select id from locked)))
        for update of f skip locked
      ), gone as (
        delete from skald.saga_permit_freed f
        using mine m
        where f.name = m.name
          and f.key = m.key
          and f.id = m.id
        returning f.name, f.key
      ), woken as (
        update skald.saga s
        set %2$s
        where s.id = any (array(
          select w.saga_id
          from first w
          join gone g on g.name = w.name and g.key = w.key))
          and s.finished_at is null
      )
      select count(distinct (g.name, g.key))
      from gone g
      """
          .formatted(AdmissionSql.IS_EXPECTED.formatted("p"), RouteSignals.RAISED.formatted("1"));

  private final Transactions transactions;
  private final String wake;

  WakeWaiters(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.wake = text.renderWithCommit(PlanOnce.SETTINGS + WAKE);
  }

  int wake(int limit) {
    return transactions.run("Waking waiters", connection -> wake(connection, limit));
  }

  private int wake(Connection connection, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(wake)) {
      new Binds(statement).integer(Math.max(0, limit));
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getInt(1);
      }
    }
  }
}
