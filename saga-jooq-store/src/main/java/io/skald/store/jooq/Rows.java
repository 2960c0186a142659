package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The columns every query of sagas and logs reads, and what becomes of them. */
final class Rows {
  /**
   * A crash counts until a step is brought to an end by a later owner: it is forgotten when read.
   */
  static final String SAGA_COLUMNS =
      """
      s.id, s.definition, s.version, s.fingerprint, s.business_key,
      %s,
      s.status, s.owner, s.epoch, s.wake_at, s.deadline_at, s.cancel_requested_at, s.turned_around_at,
      case
        when s.crash_count > 0 and exists (
          select from skald.saga_log l where l.saga_id = s.id and l.epoch >= s.claimed_epoch
            and l.status not in ('STARTED', 'WAITING', 'RETRYING'))
        then 0
        else s.crash_count
      end,
      s.input, s.input_digest, s.output, s.error, s.error_step, s.error_actor, s.created_at,
      s.finished_at, s.parent_id, s.parent_path, s.token_key, s.erased_at, s.urgent
      """
          .formatted(Attributes.COLUMN);

  /** The number of the first column after those of a saga. */
  static final int AFTER_SAGA = 28;

  static final String LOG_COLUMNS =
      """
      l.path, l.direction, l.step_name, l.seq, l.status, l.attempt, l.attempt_base,
      l.decision, l.payload, l.error, l.node, l.created_at, l.retry_at, l.finished_at
      """;

  /** The number of the first column after those of a log row. */
  static final int AFTER_LOG = 15;

  private static final Duration LONGEST = Duration.ofDays(365_000);

  private Rows() {}

  static SagaRow saga(ResultSet row) throws SQLException {
    return new SagaRow(
        new SagaId(row.getObject(1, UUID.class)),
        new DefinitionRef(row.getString(2), row.getInt(3), row.getString(4)),
        row.getString(5),
        Attributes.read(row.getArray(6)),
        parent(row),
        row.getObject(25, UUID.class),
        status(row),
        node(row, 8),
        row.getLong(9),
        instantOrNull(row, 10),
        row.getBoolean(27) ? Lane.URGENT : Lane.ORDINARY,
        instantOrNull(row, 11),
        instantOrNull(row, 12),
        instantOrNull(row, 13),
        row.getInt(14),
        row.getString(15),
        row.getString(16),
        row.getString(17),
        error(row),
        instant(row, 21),
        instantOrNull(row, 22),
        instantOrNull(row, 26));
  }

  static LogRow log(ResultSet row) throws SQLException {
    return new LogRow(
        row.getString(1),
        Direction.valueOf(row.getString(2)),
        row.getString(3),
        row.getInt(4),
        LogStatus.valueOf(row.getString(5)),
        row.getInt(6),
        row.getInt(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        node(row, 11),
        instant(row, 12),
        instantOrNull(row, 13),
        instantOrNull(row, 14));
  }

  /** A saga and the time, and its log with the next result; empty if there is no such saga. */
  static Optional<SagaSnapshot> snapshot(PreparedStatement executed) throws SQLException {
    SagaRow saga;
    Instant at;
    try (ResultSet rows = executed.getResultSet()) {
      if (!rows.next()) {
        return Optional.empty();
      }
      saga = saga(rows);
      at = instant(rows, AFTER_SAGA);
    }
    executed.getMoreResults();
    var log = new ReadLog();
    try (ResultSet rows = executed.getResultSet()) {
      while (rows.next()) {
        log.add(rows);
      }
    }
    return Optional.of(log.of(saga, at));
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  static @Nullable Instant instantOrNull(ResultSet row, int column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  static @Nullable NodeId node(ResultSet row, int column) throws SQLException {
    UUID value = row.getObject(column, UUID.class);
    return value == null ? null : new NodeId(value);
  }

  /** A duration in microseconds, between zero and a thousand years: what the database can add. */
  static long micros(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    Duration bounded = duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    return bounded.getSeconds() * 1_000_000 + bounded.getNano() / 1_000;
  }

  private static SagaStatus status(ResultSet row) throws SQLException {
    String status = row.getString(7);
    if (!KnownWords.isSagaStatus(status)) {
      throw KnownWords.unknown("Saga " + row.getString(1), status);
    }
    return SagaStatus.valueOf(status);
  }

  private static @Nullable Parent parent(ResultSet row) throws SQLException {
    UUID id = row.getObject(23, UUID.class);
    return id == null ? null : new Parent(new SagaId(id), row.getString(24));
  }

  private static @Nullable SagaError error(ResultSet row) throws SQLException {
    String text = row.getString(18);
    return text == null ? null : new SagaError(row.getString(19), text, row.getString(20));
  }
}
