package io.skald.store.jooq;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.LogWrite;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every change has that is made to a saga outside a run of it: the saga's lock, which excludes
 * every fence and every claim, log rows one at a time, and the audit row.
 */
final class ByHand {
  private static final String LOCK =
      """
      set local lock_timeout = '10s';
      select s.id
      from skald.saga s
      where s.id = ?
      for no key update
      """;

  private static final String INSERT =
      """
      insert into skald.saga_log (
        step_name, seq, status, attempt, attempt_base, decision, payload, error, epoch, retry_at,
        finished_at, saga_id, path, direction)
      values (
        ?, ?, ?, ?, ?, ?, ?, ?, ?,
        clock_timestamp() + ? * interval '1 microsecond',
        case when ? = 1 then clock_timestamp() end,
        ?, ?, ?)
      """;

  private static final String REPLACE =
      """
      update skald.saga_log
      set step_name = ?, seq = ?, status = ?, attempt = ?, attempt_base = ?,
        decision = ?, payload = ?, error = coalesce(?, error), epoch = ?,
        retry_at = clock_timestamp() + ? * interval '1 microsecond',
        finished_at = case when ? = 1 then clock_timestamp() end
      where saga_id = ?
        and path = ?
        and direction = ?
        and status = ?
        and attempt = ?
      """;

  private static final String AUDIT =
      """
      insert into skald.saga_audit (saga_id, actor, action, step, reason)
      select e.id, ?, ?, ?, ?
      from pg_catalog.unnest(?) as e (id)
      """;

  private final String lock;
  private final String insert;
  private final String replace;
  private final String audit;

  ByHand(SqlText text) {
    this.lock = text.render(LOCK);
    this.insert = text.render(INSERT);
    this.replace = text.render(REPLACE);
    this.audit = text.render(AUDIT);
  }

  /** Locks the saga until the transaction ends, if there is such a saga. */
  void lock(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      new Binds(statement).uuid(saga.value());
      statement.execute();
    }
  }

  /**
   * Writes a row of the log.
   *
   * @throws SagaStoreException if it replaces a row that is not what it was to be
   */
  void log(Connection connection, SagaId saga, LogWrite row, long epoch) throws SQLException {
    LogWrite.@Nullable Replaced old = row.replaces();
    try (PreparedStatement statement =
        connection.prepareStatement(old == null ? insert : replace)) {
      Binds binds =
          new Binds(statement)
              .logged(row, epoch)
              .uuid(saga.value())
              .text(row.path())
              .text(row.direction().name());
      if (old != null) {
        binds.text(old.status().name()).integer(old.attempt());
      }
      if (statement.executeUpdate() != 1) {
        throw new SagaStoreException(
            "The log row " + row.path() + " of " + saga + " is not what it was to replace",
            SagaStoreException.Kind.PERMANENT,
            null);
      }
    }
  }

  /** Says who did it, and why. */
  void audit(Connection connection, SagaId saga, Amendment.Audit entry) throws SQLException {
    audit(connection, List.of(saga.value()), entry);
  }

  /** Says of each saga who did it, and why. */
  void audit(Connection connection, List<UUID> sagas, Amendment.Audit entry) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(audit)) {
      new Binds(statement)
          .text(entry.actor())
          .text(entry.action())
          .text(entry.step())
          .text(entry.reason())
          .uuids(sagas, id -> id);
      statement.executeUpdate();
    }
  }
}
