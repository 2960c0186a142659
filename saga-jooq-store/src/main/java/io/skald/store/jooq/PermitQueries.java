package io.skald.store.jooq;

import io.skald.engine.spi.FreedPermits;
import io.skald.engine.spi.PermitRow;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Who has which permit and who waits for it; and what was lost with sagas that are gone. */
final class PermitQueries {
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  private static final String COLUMNS = "p.name, p.key, p.saga_id, p.place, p.since, p.held_at";

  private static final String OF_SAGA =
      """
      select %s
      from skald.saga_permit p
      where p.saga_id = ?
      order by p.name, p.key, p.place
      """
          .formatted(COLUMNS);

  /** By saga_permit_name_key_idx and saga_permit_name_key_rank_since_saga_id_place_idx. */
  private static final String QUEUE =
      """
      (select %1$s
        from skald.saga_permit p
        where p.name = ?
          and p.key = ?
          and p.held_at is not null
        order by p.shared, p.slot, p.saga_id
        limit ?)
      union all
      (select %1$s
        from skald.saga_permit p
        where p.name = ?
          and p.key = ?
          and p.held_at is null
        order by p.rank, p.since, p.saga_id, p.place
        limit ?)
      """
          .formatted(COLUMNS);

  /**
   * A stretch of saga_permit_pkey; the sagas by saga_pkey. A saga is committed before it asks for
   * anything, so that none is here too early.
   */
  private static final String FREE_LOST =
      """
      with looked as materialized (
        select p.saga_id, p.place, p.name, p.key
        from skald.saga_permit p
        where p.saga_id > ?
        order by p.saga_id
        fetch first ? rows with ties
      ), freed as (
        delete from skald.saga_permit p
        using looked l
        where p.saga_id = l.saga_id
          and p.place = l.place
          and p.name = l.name
          and p.key = l.key
          and not exists (
            select
            from skald.saga s
            where s.id = l.saga_id
              and s.finished_at is null)
        returning p.name, p.key
      ), noted as (
        insert into skald.saga_permit_freed (name, key)
        select distinct d.name, d.key
        from freed d
      )
      select (select count(*)::integer from freed), (select count(*)::integer from looked),
        (select l.saga_id from looked l order by l.saga_id desc limit 1)
      """;

  private final Transactions transactions;
  private final String ofSaga;
  private final String queue;
  private final String freeLost;

  PermitQueries(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.ofSaga = text.render(OF_SAGA);
    this.queue = text.render(QUEUE);
    this.freeLost = text.renderWithCommit(PlanOnce.SETTINGS + FREE_LOST);
  }

  List<PermitRow> ofSaga(SagaId saga) {
    return transactions.run(
        "Reading the permits of " + saga,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ofSaga)) {
            new Binds(statement).uuid(saga.value());
            return rows(statement);
          }
        });
  }

  List<PermitRow> queue(LockKey key, int limit) {
    int most = Math.max(0, limit);
    return transactions.run(
        "Reading who waits for " + key.name(),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(queue)) {
            Binds binds = new Binds(statement);
            binds.text(key.name()).text(key.key()).integer(most);
            binds.text(key.name()).text(key.key()).integer(most);
            List<PermitRow> rows = rows(statement);
            return rows.subList(0, Math.min(most, rows.size()));
          }
        });
  }

  private static List<PermitRow> rows(PreparedStatement statement) throws SQLException {
    List<PermitRow> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(
            new PermitRow(
                new LockKey(rows.getString(1), rows.getString(2)),
                new SagaId(rows.getObject(3, UUID.class)),
                rows.getString(4),
                Rows.instant(rows, 5),
                Rows.instantOrNull(rows, 6)));
      }
    }
    return List.copyOf(found);
  }

  FreedPermits freeLost(Optional<SagaId> after, int limit) {
    return transactions.run(
        "Freeing lost permits", connection -> freeLost(connection, after, Math.max(1, limit)));
  }

  private FreedPermits freeLost(Connection connection, Optional<SagaId> after, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(freeLost)) {
      new Binds(statement).uuid(after.map(SagaId::value).orElse(BEFORE_ALL)).integer(limit);
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        Optional<SagaId> last = Optional.ofNullable(row.getObject(3, UUID.class)).map(SagaId::new);
        return new FreedPermits(row.getInt(1), row.getInt(2) < limit ? Optional.empty() : last);
      }
    }
  }
}
