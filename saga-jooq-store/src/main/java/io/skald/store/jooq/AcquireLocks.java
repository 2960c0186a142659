package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockRequest.Otherwise;
import io.skald.engine.spi.LockRequest.Wanted;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.LockResult.Turn;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga asks for locks of its own, and gets all of them or none. That no two have one slot is what
 * saga_lock_name_key_slot_idx says, whatever was read before: who loses that race asks anew. The
 * index knows nothing of those that are shared, so what was given is looked at once more.
 *
 * <p>Whoever has to wait asks once more when its place is committed. What was given back before
 * that, by somebody who did not see the place, the second try sees; what is given back after it, is
 * seen to by {@link WakeLockWaiters} together with the place. The number of signals is read under
 * the lock of the saga's row, before either: who wakes the saga later raises it.
 *
 * <p>The saga's row is locked first, as everybody does who writes for it.
 */
final class AcquireLocks {
  /** The fence, by saga_pkey. */
  static final String FENCE =
      """
      select s.signals
      from skald.saga s
      where s.id = ?
        and s.owner is not distinct from ?
        and s.epoch = ?
      for no key update;
      """;

  /** A place among those who want the same, with the first asking. */
  private static final String ASK =
      """
      insert into skald.saga_lock (saga_id, name, key, slots, since)
      select s.id, w.name, w.key, w.slots, (select clock_timestamp())
      from skald.saga s
      cross join unnest(?::text[], ?::text[], ?::integer[]) as w (name, key, slots)
      where s.id = ?
        and s.owner is not distinct from ?
        and s.epoch = ?
        and not exists (
          select
          from skald.saga_lock p
          where p.saga_id = ?);
      """;

  /**
   * A slot for each, if of each more are free than are waited for by those who come before. They
   * are spread over the free ones by that order, so that two who ask at once do not want the same.
   * Who has ended, or is not there any more, comes before nobody.
   *
   * <p>By saga_lock_pkey; who has one by saga_lock_name_key_idx, who comes before by
   * saga_lock_name_key_since_saga_id_idx.
   */
  private static final String GRANT =
      """
      with mine as materialized (
        select p.saga_id, p.name, p.key, p.slots, p.since
        from skald.saga_lock p
        join skald.saga s on s.id = p.saga_id
        where p.saga_id = ?
          and p.held_at is null
          and s.owner is not distinct from ?
          and s.epoch = ?
        order by p.name, p.key
      ), room as materialized (
        select m.name, m.key,
          array(
            select n
            from generate_series(0, m.slots - 1) n
            where n <> all (array(
              select h.slot
              from skald.saga_lock h
              where h.name = m.name
                and h.key = m.key
                and h.held_at is not null))
            order by n) as free,
          (select count(*)::integer
            from (
              select
              from skald.saga_lock w
              where w.name = m.name
                and w.key = m.key
                and w.held_at is null
                and (w.since, w.saga_id) < (m.since, m.saga_id)
                and (select o.finished_at is null from skald.saga o where o.id = w.saga_id)
              limit m.slots) b) as before
        from mine m
      ), taken as (
        update skald.saga_lock p
        set slot = r.free[1 + r.before],
          held_at = clock_timestamp()
        from room r
        where p.saga_id = ?
          and p.name = r.name
          and p.key = r.key
          and not exists (
            select
            from room o
            where cardinality(o.free) <= o.before)
        returning p.saga_id
      )
      update skald.saga s
      set %s
      where s.id = ?
        and exists (select from taken);
      """
          .formatted(RouteSignals.RAISED.formatted("1"));

  /**
   * Takes back what was given just now, if somebody else has a slot of it: a sub-saga that shared
   * it with a parent who had it, and gave it back, since {@link #GRANT} looked. The parent could
   * not do that before its sub-saga's share was committed, and the slot was not free before the
   * parent had: so the share is seen by a statement that begins after the slot was taken.
   */
  private static final String TAKE_BACK =
      """
      update skald.saga_lock p
      set slot = null,
        held_at = null
      where p.saga_id = ?
        and exists (
          select
          from skald.saga_lock m
          join skald.saga_lock h on h.name = m.name and h.key = m.key and h.held_at is not null
          where m.saga_id = p.saga_id
            and m.xmin = pg_current_xact_id()::xid
            and h.slot = m.slot
            and h.saga_id <> m.saga_id);
      """;

  /** What it still waits for, and for whom: for words alone. */
  private static final String LOOK =
      """
      select p.name, coalesce(h.saga_id, w.saga_id)
      from skald.saga_lock p
      left join lateral (
        select o.saga_id
        from skald.saga_lock o
        where o.name = p.name
          and o.key = p.key
          and o.held_at is not null
        order by o.shared, o.slot
        limit 1) h on true
      left join lateral (
        select o.saga_id
        from skald.saga_lock o
        where o.name = p.name
          and o.key = p.key
          and o.held_at is null
          and (o.since, o.saga_id) < (p.since, p.saga_id)
        order by o.since, o.saga_id
        limit 1) w on true
      where p.saga_id = ?
        and p.held_at is null
      order by (coalesce(h.saga_id, w.saga_id) is null), p.name, p.key
      limit 1
      """;

  /** Its place was there for nobody else to see, unless a saga that had one does not wait now. */
  private static final String LEAVE =
      """
      ;
      with left_alone as (
        delete from skald.saga_lock p
        using skald.saga s
        where p.saga_id = ?
          and p.held_at is null
          and s.id = p.saga_id
          and s.owner is not distinct from ?
          and s.epoch = ?
        returning p.name, p.key
      )
      insert into skald.saga_lock_freed (name, key)
      select distinct d.name, d.key
      from left_alone d
      """;

  private final Transactions transactions;
  private final Map<Otherwise, String> texts;

  AcquireLocks(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    String sql = PlanOnce.SETTINGS + FENCE + ASK + GRANT + TAKE_BACK + LOOK;
    this.texts =
        Map.of(
            Otherwise.WAIT,
            text.renderWithCommit(sql),
            Otherwise.LEAVE,
            text.renderWithCommit(sql + LEAVE));
  }

  LockResult acquire(Fence fence, LockRequest request) {
    LockResult first = attempt(fence, request);
    boolean mayHaveMissedSomething =
        request.otherwise() == Otherwise.WAIT
            && first instanceof LockResult.Waiting waiting
            && waiting.turn() == Turn.NEW;
    return mayHaveMissedSomething ? begun(attempt(fence, request)) : first;
  }

  private static LockResult begun(LockResult second) {
    return second instanceof LockResult.Waiting still
        ? new LockResult.Waiting(still.signals(), still.name(), still.behind(), Turn.NEW)
        : second;
  }

  private LockResult attempt(Fence fence, LockRequest request) {
    return transactions.run(
        "Acquiring locks for " + fence.saga(), connection -> attempt(connection, fence, request));
  }

  private LockResult attempt(Connection connection, Fence fence, LockRequest request)
      throws SQLException {
    String sql = Objects.requireNonNull(texts.get(request.otherwise()));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(new Binds(statement), fence, request);
      PlanOnce.execute(statement);
      int signals;
      try (ResultSet row = statement.getResultSet()) {
        if (!row.next()) {
          return new LockResult.FenceLost();
        }
        signals = row.getInt(1);
      }
      statement.getMoreResults();
      Turn turn = statement.getUpdateCount() > 0 ? Turn.NEW : Turn.KEPT;
      statement.getMoreResults();
      statement.getMoreResults();
      statement.getMoreResults();
      return result(statement, signals, turn);
    }
  }

  private static void bind(Binds binds, Fence fence, LockRequest request) throws SQLException {
    UUID saga = fence.saga().value();
    UUID owner = fence.owner().value();
    List<Wanted> wanted = request.wanted();
    binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    binds
        .texts(wanted, one -> one.key().name())
        .texts(wanted, one -> one.key().key())
        .integers(wanted, Wanted::slots)
        .uuid(saga)
        .uuid(owner)
        .bigint(fence.epoch())
        .uuid(saga);
    binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    binds.uuid(saga).uuid(saga);
    binds.uuid(saga);
    binds.uuid(saga);
    if (request.otherwise() == Otherwise.LEAVE) {
      binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    }
  }

  private static LockResult result(PreparedStatement statement, int signals, Turn turn)
      throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      if (!row.next()) {
        return new LockResult.Granted();
      }
      @Nullable UUID behind = row.getObject(2, UUID.class);
      return new LockResult.Waiting(
          signals, row.getString(1), behind == null ? null : new SagaId(behind), turn);
    }
  }
}
