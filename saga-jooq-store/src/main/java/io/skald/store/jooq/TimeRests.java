package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * How long sagas have taken from their pivot on: looks at those that ended last, so many of all.
 */
final class TimeRests {
  /** How many ended sagas of all definitions are looked at. */
  static final int LOOKED_AT_MAX = 10_000;

  /** By saga_parent_id_finished_at_idx, backward, and saga_log_pkey. */
  private static final String REST_TIMES =
      """
      with looked as materialized (
        select s.id, s.definition, s.version, s.fingerprint, s.status, s.finished_at
        from skald.saga s
        where s.parent_id is null
          and s.finished_at is not null
        order by s.parent_id desc, s.finished_at desc
        limit ?
      ), done as materialized (
        select l.id, l.finished_at
        from looked l
        where l.definition = ?
          and l.version = ?
          and l.fingerprint = ?
          and l.status = 'COMPLETED'
        order by l.finished_at desc
        limit ?
      )
      select (extract(epoch from d.finished_at - p.passed_at) * 1000000)::bigint
      from done d
      cross join lateral (
        select max(l.finished_at) as passed_at
        from skald.saga_log l
        where l.saga_id = d.id
          and l.direction = 'ACTION'
          and l.step_name = any (?)) p
      where p.passed_at is not null
      """;

  private final Transactions transactions;
  private final String restTimes;

  TimeRests(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.restTimes = text.renderWithCommit(PlanOnce.SETTINGS + REST_TIMES);
  }

  List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit) {
    List<String> steps = List.copyOf(before);
    return transactions.run(
        "Reading how long sagas take",
        connection -> restTimes(connection, definition, steps, limit));
  }

  private List<Duration> restTimes(
      Connection connection, DefinitionRef definition, List<String> steps, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(restTimes)) {
      new Binds(statement)
          .integer(LOOKED_AT_MAX)
          .text(definition.name())
          .integer(definition.version())
          .text(definition.fingerprint())
          .integer(Math.max(0, limit))
          .texts(steps, step -> step);
      PlanOnce.execute(statement);
      List<Duration> times = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          times.add(Duration.of(rows.getLong(1), ChronoUnit.MICROS));
        }
      }
      return times;
    }
  }
}
