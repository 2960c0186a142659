package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/**
 * A sub-saga shares what its parent holds, at once or never: it waits for nobody, so that no two
 * families can wait for each other. The parent's locks are locked meanwhile, so that it does not
 * give them back unseen; then the shared ones keep others off by themselves, should the parent be
 * resolved while the sub-saga is still at work.
 */
final class ShareLocks {
  private static final String COLUMNS = "saga_id, name, key, slots, since, slot, held_at, shared";

  /** The parent's by saga_lock_pkey; all of them or none. */
  private static final String SHARE =
      """
      with wanted as materialized (
        select *
        from unnest(?::text[], ?::text[]) as w (name, key)
      ), lent as materialized (
        select p.name, p.key, p.slots, p.slot
        from skald.saga_lock p
        where p.saga_id = ?
          and p.held_at is not null
          and (p.name, p.key) in (select name, key from wanted)
        for key share
      )
      insert into skald.saga_lock (%s)
      select s.id, l.name, l.key, l.slots, n.now, l.slot, n.now, true
      from lent l
      cross join skald.saga s
      cross join (select clock_timestamp() as now) n
      where s.id = ?
        and s.owner is not distinct from ?
        and s.epoch = ?
        and (select count(*) from lent) = (select count(*) from wanted)
      on conflict do nothing;
      """
          .formatted(COLUMNS);

  /** What the sub-saga has not; to be named is what its parent has not. */
  private static final String MISSING =
      """
      select w.name
      from unnest(?::text[], ?::text[]) with ordinality as w (name, key, number)
      where not exists (
        select
        from skald.saga_lock p
        where p.saga_id = ?
          and p.name = w.name
          and p.key = w.key)
      order by
        exists (
          select
          from skald.saga_lock p
          where p.saga_id = ?
            and p.name = w.name
            and p.key = w.key
            and p.held_at is not null),
        w.number
      limit 1
      """;

  /**
   * What was given back with its end it shares again: all that its parent holds, which may be more
   * than it had, as the keys of its own are not known any more. One that took no locks takes none
   * now.
   */
  private static final String SHARE_AGAIN =
      """
      insert into skald.saga_lock (%s)
      select s.id, p.name, p.key, p.slots, n.now, p.slot, n.now, true
      from skald.saga s
      join skald.saga_lock p on p.saga_id = s.parent_id
      cross join (select clock_timestamp() as now) n
      where s.id = ?
        and p.held_at is not null
        and exists (
          select
          from skald.saga_log l
          where l.saga_id = s.id
            and l.path = ?
            and l.direction = 'ACTION'
            and l.status = 'SUCCEEDED')
      for key share of p
      on conflict do nothing
      """
          .formatted(COLUMNS);

  private final Transactions transactions;
  private final String share;
  private final String shareAgain;

  ShareLocks(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.share = text.renderWithCommit(PlanOnce.SETTINGS + AcquireLocks.FENCE + SHARE + MISSING);
    this.shareAgain = text.render(SHARE_AGAIN);
  }

  LockResult share(Fence fence, LockRequest request, SagaId parent) {
    return transactions.run(
        "Sharing locks of " + parent, connection -> share(connection, fence, request, parent));
  }

  private LockResult share(Connection connection, Fence fence, LockRequest request, SagaId parent)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(share)) {
      bind(new Binds(statement), fence, request, parent);
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        if (!row.next()) {
          return new LockResult.FenceLost();
        }
      }
      statement.getMoreResults();
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        return row.next() ? new LockResult.NotShared(row.getString(1)) : new LockResult.Granted();
      }
    }
  }

  private static void bind(Binds binds, Fence fence, LockRequest request, SagaId parent)
      throws SQLException {
    UUID saga = fence.saga().value();
    UUID owner = fence.owner().value();
    binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    wanted(binds, request).uuid(parent.value()).uuid(saga).uuid(owner).bigint(fence.epoch());
    wanted(binds, request).uuid(saga).uuid(parent.value());
  }

  private static Binds wanted(Binds binds, LockRequest request) throws SQLException {
    return binds
        .texts(request.wanted(), one -> one.key().name())
        .texts(request.wanted(), one -> one.key().key());
  }

  /** In the transaction that calls a sub-saga back. */
  void shareAgain(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(shareAgain)) {
      new Binds(statement).uuid(saga.value()).text(LockPlan.NAME);
      statement.executeUpdate();
    }
  }
}
