package io.skald.store.jooq;

import io.skald.engine.spi.LockRow;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Who has which lock and who waits for it; and what was lost with sagas that are gone. */
final class LockQueries {
  private static final String COLUMNS = "l.name, l.key, l.saga_id, l.root_id, l.since, l.held_at";

  private static final String OF_SAGA =
      """
      select %s
      from skald.saga_lock l
      where l.saga_id = ?
      order by l.name, l.key
      """
          .formatted(COLUMNS);

  /** Who has it by saga_lock_name_key_idx, who waits by saga_lock_name_key_since_saga_id_idx. */
  private static final String QUEUE =
      """
      (select %1$s
        from skald.saga_lock l
        where l.name = ?
          and l.key = ?
          and l.held_at is not null
          and not l.shared)
      union all
      (select %1$s
        from skald.saga_lock l
        where l.name = ?
          and l.key = ?
          and l.held_at is null
        order by l.since, l.saga_id
        limit ?)
      """
          .formatted(COLUMNS);

  /** By saga_pkey. A saga and its locks are committed together, so that none is here too early. */
  private static final String FREE_LOST =
      """
      with lost as materialized (
        select l.saga_id, l.name, l.key
        from skald.saga_lock l
        where not exists (
          select
          from skald.saga s
          where s.id = any (array[l.saga_id, l.root_id])
            and s.finished_at is null)
        for update skip locked
      ), freed as (
        delete from skald.saga_lock l
        using lost g
        where l.saga_id = g.saga_id
          and l.name = g.name
          and l.key = g.key
        returning l.name, l.key
      )
      insert into skald.saga_lock_freed (name, key)
      select d.name, d.key
      from freed d
      """;

  private final Transactions transactions;
  private final String ofSaga;
  private final String queue;
  private final String freeLost;

  LockQueries(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.ofSaga = text.render(OF_SAGA);
    this.queue = text.render(QUEUE);
    this.freeLost = text.render(FREE_LOST);
  }

  List<LockRow> ofSaga(SagaId saga) {
    return transactions.run(
        "Reading the locks of " + saga,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ofSaga)) {
            new Binds(statement).uuid(saga.value());
            return rows(statement);
          }
        });
  }

  List<LockRow> queue(LockKey lock, int limit) {
    return transactions.run(
        "Reading who waits for a lock " + lock.name(),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(queue)) {
            new Binds(statement)
                .text(lock.name())
                .text(lock.key())
                .text(lock.name())
                .text(lock.key())
                .integer(limit);
            List<LockRow> rows = rows(statement);
            return rows.subList(0, Math.min(limit, rows.size()));
          }
        });
  }

  private static List<LockRow> rows(PreparedStatement statement) throws SQLException {
    List<LockRow> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(
            new LockRow(
                new LockKey(rows.getString(1), rows.getString(2)),
                new SagaId(rows.getObject(3, UUID.class)),
                new SagaId(rows.getObject(4, UUID.class)),
                Rows.instant(rows, 5),
                Rows.instantOrNull(rows, 6)));
      }
    }
    return List.copyOf(found);
  }

  int freeLost() {
    return transactions.run("Freeing lost locks", this::freeLost);
  }

  private int freeLost(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(freeLost)) {
      return statement.executeUpdate();
    }
  }
}
