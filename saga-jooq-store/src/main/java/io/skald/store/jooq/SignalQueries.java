package io.skald.store.jooq;

import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads of signals. */
final class SignalQueries {
  /**
   * The count before the list: a park that goes by a count must not count what the list lacks. By
   * saga_pkey and saga_signal_business_key_definition_consumed_at_idx.
   */
  private static final String SIGNALS =
      """
      select s.signals
      from skald.saga s
      where s.id = ?;
      select l.id, l.name, l.sent_at
      from (
        select p.id, p.name, p.sent_at
        from (
          select g.id, g.name, g.sent_at,
            row_number() over (partition by g.name order by g.sent_at, g.id) as nth
          from skald.saga s
          join skald.saga_signal g
            on g.business_key = s.business_key and g.definition = s.definition
          where s.id = ?
            and g.consumed_at is null
        ) p
        where p.nth <= %d
        order by p.nth, p.sent_at, p.id
        limit %d
      ) l
      order by l.sent_at, l.id
      """
          .formatted(Signals.OF_A_NAME_MAX, Signals.LISTED_MAX);

  /** By saga_signal_pkey. */
  private static final String PENDING =
      """
      select g.id, g.name, g.payload, g.error, g.sent_at
      from skald.saga_signal g
      where g.id = ?
        and g.consumed_at is null
      """;

  /**
   * Sagas are looked for one signal at a time, as a join could read all of them. By
   * saga_signal_sent_at_id_idx and saga_business_key_definition_idx.
   */
  private static final String UNCLAIMED =
      """
      with %s, unclaimed as (
        select l.id, l.definition, l.business_key, l.name, l.sent_at,
          greatest(l.routed_at, s.finished_at) as since
        from looked l
        left join lateral (
          select s.id, s.finished_at
          from skald.saga s
          where s.business_key = l.business_key
            and s.definition = l.definition
          limit 1) s on true
        where l.routed_at is not null
          and l.name not like '~%%'
          and (s.id is null or s.finished_at is not null)
      )
      select c.now, n.sent_at, n.id, u.id, u.definition, u.business_key, u.name, u.since
      from clock c
      left join next n on true
      left join unclaimed u on true
      order by u.sent_at, u.id
      """
          .formatted(PendingWalk.LOOKED_AT);

  private final Transactions transactions;
  private final String signals;
  private final String pending;
  private final String unclaimed;

  SignalQueries(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.signals = text.renderWithCommit(PlanOnce.SETTINGS + SIGNALS);
    this.pending = text.renderWithCommit(PlanOnce.SETTINGS + PENDING);
    this.unclaimed = text.renderWithCommit(PlanOnce.SETTINGS + UNCLAIMED);
  }

  Signals signals(SagaId saga) {
    return transactions.run(
        "Reading the signals of " + saga, connection -> signals(connection, saga));
  }

  private Signals signals(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(signals)) {
      new Binds(statement).uuid(saga.value()).uuid(saga.value());
      PlanOnce.execute(statement);
      int routed;
      try (ResultSet row = statement.getResultSet()) {
        routed = row.next() ? row.getInt(1) : 0;
      }
      statement.getMoreResults();
      List<PendingSignal> listed = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          listed.add(
              new PendingSignal(
                  rows.getObject(1, UUID.class), rows.getString(2), Rows.instant(rows, 3)));
        }
      }
      return new Signals(routed, listed);
    }
  }

  Optional<SignalRow> pending(UUID id) {
    return transactions.run(
        "Reading signal " + id,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(pending)) {
            new Binds(statement).uuid(id);
            PlanOnce.execute(statement);
            try (ResultSet row = statement.getResultSet()) {
              return row.next() ? Optional.of(signal(row)) : Optional.empty();
            }
          }
        });
  }

  private static SignalRow signal(ResultSet row) throws SQLException {
    return new SignalRow(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        Rows.instant(row, 5));
  }

  UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return transactions.run(
        "Looking for unclaimed signals",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(unclaimed)) {
            PendingWalk.bind(new Binds(statement), age, after, limit);
            PlanOnce.execute(statement);
            try (ResultSet rows = statement.getResultSet()) {
              return unclaimed(rows);
            }
          }
        });
  }

  /** There is a row at least, for the time and the place to go on. */
  private static UnclaimedPage unclaimed(ResultSet rows) throws SQLException {
    rows.next();
    Instant readAt = Rows.instant(rows, 1);
    Optional<SignalPosition> next = PendingWalk.next(rows, 2);
    List<UnclaimedSignal> found = new ArrayList<>();
    boolean isFound = rows.getObject(4) != null;
    while (isFound) {
      found.add(
          new UnclaimedSignal(
              rows.getObject(4, UUID.class),
              rows.getString(5),
              rows.getString(6),
              rows.getString(7),
              Rows.instant(rows, 8)));
      isFound = rows.next();
    }
    return new UnclaimedPage(found, readAt, next);
  }
}
