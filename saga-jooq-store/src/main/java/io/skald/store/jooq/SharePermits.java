package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitResult;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/**
 * A sub-saga shares what its parent holds, at once or never: it waits for nobody, so that no two
 * families can wait for each other. The parent's permits are locked meanwhile, so that it does not
 * give them back unseen; then the shared ones keep others off by themselves, should the parent be
 * resolved while the sub-saga is still at work.
 */
final class SharePermits {
  private static final String COLUMNS =
      "saga_id, place, name, key, slots, rank, since, slot, held_at, shared";

  /** The parent's by saga_permit_pkey; all of them or none. */
  private static final String SHARE =
      """
      with wanted as materialized (
        select *
        from unnest(?::text[], ?::text[]) as w (name, key)
      ), lent as materialized (
        select p.name, p.key, p.slots, p.rank, p.slot
        from skald.saga_permit p
        where p.saga_id = ?
          and p.place = ''
          and p.held_at is not null
          and (p.name, p.key) in (select name, key from wanted)
        for key share
      )
      insert into skald.saga_permit (%s)
      select s.id, ?, l.name, l.key, l.slots, l.rank, n.now, l.slot, n.now, true
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
        from skald.saga_permit p
        where p.saga_id = ?
          and p.place = ?
          and p.name = w.name
          and p.key = w.key)
      order by
        exists (
          select
          from skald.saga_permit p
          where p.saga_id = ?
            and p.place = ''
            and p.name = w.name
            and p.key = w.key
            and p.held_at is not null),
        w.number
      limit 1
      """;

  /** What was given back with its end it shares again: all that its parent holds for life. */
  private static final String SHARE_AGAIN =
      """
      insert into skald.saga_permit (%s)
      select s.id, '', p.name, p.key, p.slots, p.rank, n.now, p.slot, n.now, true
      from skald.saga s
      join skald.saga_permit p on p.saga_id = s.parent_id
      cross join (select clock_timestamp() as now) n
      where s.id = ?
        and p.place = ''
        and p.held_at is not null
      for key share of p
      on conflict do nothing
      """
          .formatted(COLUMNS);

  private final Transactions transactions;
  private final String share;
  private final String shareAgain;

  SharePermits(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.share = text.renderWithCommit(PlanOnce.SETTINGS + AcquirePermits.FENCE + SHARE + MISSING);
    this.shareAgain = text.render(SHARE_AGAIN);
  }

  PermitResult share(Fence fence, PermitRequest request, SagaId parent) {
    return transactions.run(
        "Sharing permits of " + parent, connection -> share(connection, fence, request, parent));
  }

  private PermitResult share(
      Connection connection, Fence fence, PermitRequest request, SagaId parent)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(share)) {
      bind(new Binds(statement), fence, request, parent);
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        if (!row.next()) {
          return new PermitResult.FenceLost();
        }
      }
      statement.getMoreResults();
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        return row.next()
            ? new PermitResult.NotShared(row.getString(1))
            : new PermitResult.Granted();
      }
    }
  }

  private static void bind(Binds binds, Fence fence, PermitRequest request, SagaId parent)
      throws SQLException {
    UUID saga = fence.saga().value();
    UUID owner = fence.owner().value();
    binds.uuid(saga).uuid(owner).bigint(fence.epoch());
    wanted(binds, request)
        .uuid(parent.value())
        .text(request.place())
        .uuid(saga)
        .uuid(owner)
        .bigint(fence.epoch());
    wanted(binds, request).uuid(saga).text(request.place()).uuid(parent.value());
  }

  private static Binds wanted(Binds binds, PermitRequest request) throws SQLException {
    return binds
        .texts(request.wanted(), one -> one.key().name())
        .texts(request.wanted(), one -> one.key().key());
  }

  /** In the transaction that calls a sub-saga back. */
  void shareAgain(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(shareAgain)) {
      new Binds(statement).uuid(saga.value());
      statement.executeUpdate();
    }
  }
}
