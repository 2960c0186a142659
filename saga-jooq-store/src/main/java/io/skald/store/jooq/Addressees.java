package io.skald.store.jooq;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.DefinitionRef;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whom something is sent to: of the saga and its log no more than that takes, and no payload. */
final class Addressees {
  /** By saga_pkey and saga_log_pkey. */
  private static final String FIND =
      """
      select s.definition, s.version, s.fingerprint, s.business_key, s.token_key,
        s.status in ('RUNNING', 'STUCK') and s.turned_around_at is null,
        l.status, l.attempt, l.attempt_base
      from skald.saga s
      left join skald.saga_log l on l.saga_id = s.id and l.path = ? and l.direction = 'ACTION'
      where s.id = ?
      """;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final String alone;
  private final String joined;

  Addressees(Transactions transactions, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.alone = text.renderWithCommit(PlanOnce.SETTINGS + FIND);
    this.joined = text.render(FIND);
  }

  Optional<Addressee> find(SagaId saga, String path) {
    return transactions.run(
        what(saga),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(alone)) {
            new Binds(statement).text(path).uuid(saga.value());
            PlanOnce.execute(statement);
            return found(saga, path, statement.getResultSet());
          }
        });
  }

  /** The saga as the open transaction on the connection sees it. */
  Optional<Addressee> find(Connection connection, SagaId saga, String path) {
    try {
      Transactions.requireOpen(connection);
      try (PreparedStatement statement = connection.prepareStatement(joined)) {
        new Binds(statement).text(path).uuid(saga.value());
        return found(saga, path, statement.executeQuery());
      }
    } catch (SQLException e) {
      throw errors.exception(what(saga), e);
    }
  }

  private static String what(SagaId saga) {
    return "Looking for " + saga;
  }

  private static Optional<Addressee> found(SagaId saga, String path, ResultSet rows)
      throws SQLException {
    try (rows) {
      return rows.next() ? Optional.of(addressee(saga, path, rows)) : Optional.empty();
    }
  }

  private static Addressee addressee(SagaId saga, String path, ResultSet row) throws SQLException {
    return new Addressee(
        saga,
        new DefinitionRef(row.getString(1), row.getInt(2), row.getString(3)),
        row.getString(4),
        row.getObject(5, UUID.class),
        row.getBoolean(6),
        step(saga, path, row));
  }

  private static Addressee.@Nullable Recorded step(SagaId saga, String path, ResultSet row)
      throws SQLException {
    String status = row.getString(7);
    if (status == null) {
      return null;
    }
    if (!KnownWords.isLogStatus(status)) {
      throw KnownWords.unknown("Step %s of saga %s".formatted(path, saga), status);
    }
    return new Addressee.Recorded(LogStatus.valueOf(status), row.getInt(8), row.getInt(9));
  }
}
