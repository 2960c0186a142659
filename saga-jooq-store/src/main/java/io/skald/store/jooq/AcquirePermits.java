package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitRequest.Wanted;
import io.skald.engine.spi.PermitResult;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga asks for permits of its own, and gets all of them or none. That no two have one slot is
 * what saga_permit_name_key_slot_idx says, whatever was read before: who loses that race asks anew.
 *
 * <p>Whoever has to wait asks once more when its place is committed. What was given back before
 * that, by somebody who did not see the place, the second try sees; what is given back after it, is
 * seen to by {@link WakeWaiters} together with the place. The number of signals is read under the
 * lock of the saga's row, before either: who wakes the saga later raises it.
 *
 * <p>The saga's row is locked first, as everybody does who writes for it.
 */
final class AcquirePermits {
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
      insert into skald.saga_permit (saga_id, place, name, key, slots, rank, since)
      select s.id, ?, w.name, w.key, w.slots, ?, (select clock_timestamp())
      from skald.saga s
      cross join unnest(?::text[], ?::text[], ?::integer[]) as w (name, key, slots)
      where s.id = ?
        and s.owner is not distinct from ?
        and s.epoch = ?
        and not exists (
          select
          from skald.saga_permit p
          where p.saga_id = ?
            and p.place = ?);
      """;

  /**
   * A slot for each, if of each more are free than are waited for by those who come before. They
   * are spread over the free ones by that order, so that two who ask at once do not want the same.
   *
   * <p>By saga_permit_pkey; who has one by saga_permit_name_key_idx, who comes before by
   * saga_permit_name_key_rank_since_saga_id_place_idx.
   */
  private static final String GRANT =
      """
      with mine as materialized (
        select p.saga_id, p.place, p.name, p.key, p.slots, p.rank, p.since
        from skald.saga_permit p
        join skald.saga s on s.id = p.saga_id
        where p.saga_id = ?
          and p.place = ?
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
              from skald.saga_permit h
              where h.name = m.name
                and h.key = m.key
                and h.held_at is not null))
            order by n) as free,
          (select count(*)::integer
            from (
              select
              from skald.saga_permit w
              where w.name = m.name
                and w.key = m.key
                and w.held_at is null
                and (w.rank, w.since, w.saga_id, w.place) < (m.rank, m.since, m.saga_id, m.place)
              limit m.slots) b) as before
        from mine m
      ), taken as (
        update skald.saga_permit p
        set slot = r.free[1 + r.before],
          held_at = clock_timestamp()
        from room r
        where p.saga_id = ?
          and p.place = ?
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

  /** What it still waits for, and for whom: for words alone. */
  private static final String LOOK =
      """
      select p.name, coalesce(h.saga_id, w.saga_id)
      from skald.saga_permit p
      left join lateral (
        select o.saga_id
        from skald.saga_permit o
        where o.name = p.name
          and o.key = p.key
          and o.held_at is not null
        order by o.shared, o.slot
        limit 1) h on true
      left join lateral (
        select o.saga_id
        from skald.saga_permit o
        where o.name = p.name
          and o.key = p.key
          and o.held_at is null
          and (o.rank, o.since, o.saga_id, o.place) < (p.rank, p.since, p.saga_id, p.place)
        order by o.rank, o.since, o.saga_id, o.place
        limit 1) w on true
      where p.saga_id = ?
        and p.place = ?
        and p.held_at is null
      order by (coalesce(h.saga_id, w.saga_id) is null), p.name, p.key
      limit 1
      """;

  private final Transactions transactions;
  private final String acquire;

  /** The answer, and whether the saga's place was not there before. */
  private record Try(PermitResult result, boolean isFirst) {
    boolean mayHaveMissedSomething() {
      return isFirst && result instanceof PermitResult.Waiting;
    }
  }

  AcquirePermits(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.acquire = text.renderWithCommit(PlanOnce.SETTINGS + FENCE + ASK + GRANT + LOOK);
  }

  PermitResult acquire(Fence fence, PermitRequest request) {
    Try first = attempt(fence, request);
    return first.mayHaveMissedSomething() ? attempt(fence, request).result() : first.result();
  }

  private Try attempt(Fence fence, PermitRequest request) {
    return transactions.run(
        "Acquiring permits for " + fence.saga(), connection -> attempt(connection, fence, request));
  }

  private Try attempt(Connection connection, Fence fence, PermitRequest request)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(acquire)) {
      bind(new Binds(statement), fence, request);
      PlanOnce.execute(statement);
      int signals;
      try (ResultSet row = statement.getResultSet()) {
        if (!row.next()) {
          return new Try(new PermitResult.FenceLost(), false);
        }
        signals = row.getInt(1);
      }
      statement.getMoreResults();
      boolean isFirst = statement.getUpdateCount() > 0;
      statement.getMoreResults();
      statement.getMoreResults();
      return new Try(result(statement, signals), isFirst);
    }
  }

  private static void bind(Binds binds, Fence fence, PermitRequest request) throws SQLException {
    UUID saga = fence.saga().value();
    UUID owner = fence.owner().value();
    String place = request.place();
    List<Wanted> wanted = request.wanted();
    binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    binds
        .text(place)
        .integer(request.rank())
        .texts(wanted, one -> one.key().name())
        .texts(wanted, one -> one.key().key())
        .integers(wanted, Wanted::slots)
        .uuid(saga)
        .uuid(owner)
        .bigint(fence.epoch())
        .uuid(saga)
        .text(place);
    binds.uuid(saga).text(place).uuid(owner).bigint(fence.epoch());
    binds.uuid(saga).text(place).uuid(saga);
    binds.uuid(saga).text(place);
  }

  private static PermitResult result(PreparedStatement statement, int signals) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      if (!row.next()) {
        return new PermitResult.Granted();
      }
      @Nullable UUID behind = row.getObject(2, UUID.class);
      return new PermitResult.Waiting(
          signals, row.getString(1), behind == null ? null : new SagaId(behind));
    }
  }
}
