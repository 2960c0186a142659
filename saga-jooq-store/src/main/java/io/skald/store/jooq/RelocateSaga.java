package io.skald.store.jooq;

import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.Relocation.MovedRow;
import io.skald.engine.spi.Relocation.RowKey;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Moves of sagas to another version: lock the saga, read its log, decide, rewrite what differs, all
 * in one transaction with the audit row. A crash before its commit leaves everything as it was. The
 * lock excludes every claim, which reads the log only after its own commit.
 */
final class RelocateSaga {
  private static final String REMOVE =
      """
      delete from skald.saga_log l
      using unnest(?::text[], ?::text[]) as m (path, direction)
      where l.saga_id = ?
        and l.path = m.path
        and l.direction = m.direction
      """;

  /** No row takes a path that another one has: the migration has names that only one side has. */
  private static final String MOVE =
      """
      update skald.saga_log l
      set path = m.new_path,
        step_name = m.step_name,
        decision = m.decision,
        payload = m.payload
      from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        as m (path, direction, new_path, step_name, decision, payload)
      where l.saga_id = ?
        and l.path = m.path
        and l.direction = m.direction
      """;

  private static final String CHANGE =
      """
      update skald.saga s
      set version = ?,
        fingerprint = ?,
        input = ?,
        input_digest = ?,
        error_step = ?,
        epoch = s.epoch + 1,
        updated_at = clock_timestamp()
      where s.id = ?
      """;

  private final Transactions transactions;
  private final SagaQueries queries;
  private final ByHand byHand;
  private final String remove;
  private final String move;
  private final String change;

  RelocateSaga(Transactions transactions, SagaQueries queries, SqlText text) {
    this.transactions = transactions;
    this.queries = queries;
    this.byHand = new ByHand(text);
    this.remove = text.render(REMOVE);
    this.move = text.render(MOVE);
    this.change = text.render(CHANGE);
  }

  Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return transactions.run("Moving " + saga, connection -> relocate(connection, saga, decide));
  }

  private Relocated relocate(
      Connection connection, SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide)
      throws SQLException {
    byHand.lock(connection, saga);
    Optional<SagaSnapshot> found = queries.load(connection, saga);
    if (found.isEmpty() || found.get().saga().status().isEnd()) {
      return Relocated.ENDED;
    }
    if (found.get().saga().owner() != null) {
      return Relocated.OWNED;
    }
    Optional<Relocation> relocation = decide.apply(found.get());
    if (relocation.isEmpty()) {
      return Relocated.STAYED;
    }
    write(connection, found.get().saga(), relocation.get());
    return Relocated.MOVED;
  }

  private void write(Connection connection, SagaRow saga, Relocation relocation)
      throws SQLException {
    remove(connection, saga.id(), relocation.removed());
    move(connection, saga.id(), relocation.rows());
    for (LogWrite row : relocation.added()) {
      byHand.log(connection, saga.id(), row, saga.epoch() + 1);
    }
    try (PreparedStatement statement = connection.prepareStatement(change)) {
      new Binds(statement)
          .integer(relocation.definition().version())
          .text(relocation.definition().fingerprint())
          .text(relocation.input())
          .text(relocation.inputDigest())
          .text(relocation.stuckAt())
          .uuid(saga.id().value());
      statement.executeUpdate();
    }
    byHand.audit(connection, saga.id(), relocation.audit());
  }

  private void remove(Connection connection, SagaId saga, List<RowKey> rows) throws SQLException {
    if (!rows.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(remove)) {
        new Binds(statement)
            .texts(rows, RowKey::path)
            .texts(rows, row -> row.direction().name())
            .uuid(saga.value());
        requireAll(rows.size(), statement.executeUpdate(), saga);
      }
    }
  }

  private void move(Connection connection, SagaId saga, List<MovedRow> rows) throws SQLException {
    if (!rows.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(move)) {
        new Binds(statement)
            .texts(rows, row -> row.key().path())
            .texts(rows, row -> row.key().direction().name())
            .texts(rows, MovedRow::path)
            .texts(rows, MovedRow::stepName)
            .texts(rows, MovedRow::decision)
            .texts(rows, MovedRow::payload)
            .uuid(saga.value());
        requireAll(rows.size(), statement.executeUpdate(), saga);
      }
    }
  }

  private static void requireAll(int expected, int changed, SagaId saga) {
    if (changed != expected) {
      throw new SagaStoreException(
          "The log of %s: %d rows changed (expected: %d)".formatted(saga, changed, expected),
          SagaStoreException.Kind.PERMANENT,
          null);
    }
  }
}
