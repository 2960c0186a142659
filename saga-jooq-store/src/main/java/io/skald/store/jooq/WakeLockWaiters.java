package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Those are woken whose turn it may be, by the notes of what was given back ({@link FreeLocks}).
 * Nothing is handed over: who is woken asks for itself, as if it came just now ({@link
 * AcquireLocks}), so a wake too many does no harm, and one that fails is made by the next call.
 *
 * <p>It begins with the oldest notes, as many as it may look at, and takes all others of the same
 * keys with them: that thousands have given back one key keeps nobody from being woken who waits
 * for another. A key is put off of which somebody who is to be woken is locked: its notes become
 * one, the youngest of all, so that nobody waits for a lock and nothing stands in the way of those
 * behind.
 */
final class WakeLockWaiters {
  /**
   * The oldest by saga_lock_freed_freed_at_idx, the others of a key by saga_lock_freed_pkey. For
   * each slot that is free the one that comes first: by saga_lock_name_key_idx,
   * saga_lock_name_key_since_saga_id_idx and saga_pkey. Who has ended, or is not there any more, is
   * nobody to be woken, and in nobody's way.
   */
  private static final String WAKE =
      """
      with oldest as materialized (
        select f.name, f.key
        from skald.saga_lock_freed f
        order by f.freed_at
        limit ?
        for update skip locked
      ), noted as materialized (
        select distinct o.name, o.key
        from oldest o
      ), first as materialized (
        select n.name, n.key, w.saga_id
        from noted n
        cross join lateral (
          select count(distinct h.slot) as taken
          from skald.saga_lock h
          where h.name = n.name
            and h.key = n.key
            and h.held_at is not null) t
        cross join lateral (
          select p.slots
          from skald.saga_lock p
          where p.name = n.name
            and p.key = n.key
            and p.held_at is null
          order by p.since, p.saga_id
          limit 1) q
        cross join lateral (
          select p.saga_id
          from skald.saga_lock p
          where p.name = n.name
            and p.key = n.key
            and p.held_at is null
            and (select s.finished_at is null from skald.saga s where s.id = p.saga_id)
          order by p.since, p.saga_id
          limit greatest(0, q.slots - t.taken)) w
      ), locked as materialized (
        select s.id
        from skald.saga s
        where s.id = any (array(select saga_id from first))
        order by s.id
        for no key update skip locked
      ), taken as materialized (
        select f.spot
        from noted n
        cross join lateral (
          select o.ctid as spot
          from skald.saga_lock_freed o
          where o.name = n.name
            and o.key = n.key
          for update skip locked) f
      ), gone as (
        delete from skald.saga_lock_freed f
        where f.ctid = any (array(select t.spot from taken t))
      ), put_off as (
        insert into skald.saga_lock_freed (name, key)
        select distinct w.name, w.key
        from first w
        where w.saga_id <> all (array(select id from locked))
      ), woken as (
        update skald.saga s
        set %s
        where s.id = any (array(select id from locked))
          and s.finished_at is null
      )
      select count(*)
      from oldest
      """
          .formatted(RouteSignals.RAISED.formatted("1"));

  private final Transactions transactions;
  private final String wake;

  WakeLockWaiters(Transactions transactions, SqlText text) {
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
