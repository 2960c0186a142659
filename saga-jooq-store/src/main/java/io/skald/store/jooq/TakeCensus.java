package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Standing;
import io.skald.engine.spi.Standings;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the unfinished sagas stand. */
final class TakeCensus {
  /**
   * The log is read of those that are counted alone: as a rule an engine asks for those that none
   * of its definitions is for, which are none. A function whose arguments are converted is named
   * with its schema.
   */
  private static final String CENSUS =
      """
      with groups as (
        select s.definition, s.version, s.fingerprint, s.status, l.path, l.direction,
          l.status as log_status, count(*) as sagas, min(s.created_at) as oldest
        from skald.saga s
        left join lateral (
          select pg_catalog.regexp_replace(l.path, '/[0-9]+/', '/*/', 'g') as path, l.direction,
            l.status
          from skald.saga_log l
          where l.saga_id = s.id
          order by l.seq desc
          limit 1
        ) l on true
        where s.finished_at is null
          and %s
          and (l.path is null or %s)
          and s.definition || '/' || s.version::text || '/' || s.fingerprint <> all (?)
        group by 1, 2, 3, 4, 5, 6, 7
      )
      select clock_timestamp(), g.definition, g.version, g.fingerprint, g.status, g.path,
        g.direction, g.log_status, g.sagas, g.oldest
      from (select) as one
      left join groups g on true
      order by g.definition, g.version, g.status, g.path
      """
          .formatted(KnownWords.SAGA, KnownWords.ROW);

  private final Transactions transactions;
  private final String census;

  TakeCensus(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.census = text.renderWithCommit(CENSUS);
  }

  Standings standings(Collection<DefinitionRef> except) {
    return transactions.run("Taking a census", connection -> standings(connection, except));
  }

  private Standings standings(Connection connection, Collection<DefinitionRef> except)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(census)) {
      new Binds(statement).texts(List.copyOf(except), Definitions::text);
      statement.execute();
      List<Standing> standings = new ArrayList<>();
      Instant readAt = Instant.EPOCH;
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          readAt = Rows.instant(rows, 1);
          if (rows.getString(2) != null) {
            standings.add(standing(rows));
          }
        }
      }
      return new Standings(standings, readAt);
    }
  }

  private static Standing standing(ResultSet row) throws SQLException {
    return new Standing(
        new DefinitionRef(row.getString(2), row.getInt(3), row.getString(4)),
        SagaStatus.valueOf(row.getString(5)),
        last(row),
        row.getLong(9),
        Rows.instant(row, 10));
  }

  private static Standing.@Nullable Last last(ResultSet row) throws SQLException {
    String path = row.getString(6);
    return path == null
        ? null
        : new Standing.Last(
            path, Direction.valueOf(row.getString(7)), LogStatus.valueOf(row.getString(8)));
  }
}
