package io.skald.store.jooq;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes by operators: lock the saga, read its log, decide, write with a raised epoch, all in one
 * transaction with the audit row. The lock excludes every fence, so the log cannot change
 * meanwhile.
 */
final class AmendSaga {
  private static final String LOCK =
      """
      set local lock_timeout = '10s';
      select s.id
      from skald.saga s
      where s.id = ?
      for no key update
      """;

  private static final String CHANGE =
      """
      update skald.saga s
      set %s
      where s.id = ?
      """;

  static final String INSERT =
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

  static final String AUDIT =
      """
      insert into skald.saga_audit (saga_id, actor, action, step, reason)
      values (?, ?, ?, ?, ?)
      """;

  private final Transactions transactions;
  private final SagaQueries queries;
  private final String lock;
  private final Map<ChangeKind, String> changes = new EnumMap<>(ChangeKind.class);
  private final String insert;
  private final String replace;
  private final String audit;
  private final TellParent tells;

  AmendSaga(Transactions transactions, SagaQueries queries, SqlText text) {
    this.transactions = transactions;
    this.queries = queries;
    this.lock = text.render(LOCK);
    for (ChangeKind kind : ChangeKind.values()) {
      changes.put(kind, text.render(CHANGE.formatted(kind.raisingParameters())));
    }
    this.insert = text.render(INSERT);
    this.replace = text.render(REPLACE);
    this.audit = text.render(AUDIT);
    this.tells = new TellParent(text);
  }

  Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return transactions.run("Changing " + saga, connection -> amend(connection, saga, decide));
  }

  private Optional<SagaSnapshot> amend(
      Connection connection, SagaId saga, Function<SagaSnapshot, Amendment> decide)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      new Binds(statement).uuid(saga.value());
      statement.execute();
    }
    Optional<SagaSnapshot> before = queries.load(connection, saga);
    if (before.isEmpty()) {
      return Optional.empty();
    }
    Amendment amendment = decide.apply(before.get());
    long epoch = before.get().saga().epoch() + 1;
    for (LogWrite row : amendment.rows()) {
      write(connection, saga, row, epoch);
    }
    String change = Objects.requireNonNull(changes.get(ChangeKind.of(amendment.change())));
    try (PreparedStatement statement = connection.prepareStatement(change)) {
      Binds binds = new Binds(statement);
      ChangeKind.bind(amendment.change(), binds);
      binds.uuid(saga.value());
      statement.executeUpdate();
    }
    if (amendment.tells() != null) {
      tells.tell(connection, amendment.tells());
    }
    audit(connection, saga, amendment.audit());
    return queries.load(connection, saga);
  }

  private void write(Connection connection, SagaId saga, LogWrite row, long epoch)
      throws SQLException {
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

  private void audit(Connection connection, SagaId saga, Amendment.Audit entry)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(audit)) {
      new Binds(statement)
          .uuid(saga.value())
          .text(entry.actor())
          .text(entry.action())
          .text(entry.step())
          .text(entry.reason());
      statement.executeUpdate();
    }
  }
}
