package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.UnknownStatus;
import io.skald.saga.SagaId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is done now and then: alarms, and signals that nobody will claim. */
final class Housekeeping {
  /** By saga_owner_wake_at_idx. */
  private static final String ORPHANED =
      """
      with waiting as (
        select distinct s.definition, s.version, s.fingerprint
        from skald.saga s
        where s.owner is null
          and s.wake_at <= (select clock_timestamp())
          and s.finished_at is null
          and not s.paused
        union
        select distinct s.definition, s.version, s.fingerprint
        from skald.saga s
        where s.owner is not null
          and s.finished_at is null
          and not exists (
            select
            from skald.saga_node n
            where n.id = s.owner
              and n.expires_at > (select clock_timestamp()))
      )
      select w.definition, w.version, w.fingerprint
      from waiting w
      where not exists (
        select
        from skald.saga_node n
        where n.expires_at > (select clock_timestamp())
          and w.definition || '/' || w.version::text || '/' || w.fingerprint = any (n.definitions))
      order by w.definition, w.version
      """;

  /** What a saga says that this version does not know. A subselect, or it might read all logs. */
  private static final String UNKNOWN =
      """
      coalesce(
            case when not %s then s.status end,
            (
              select l.direction || ' ' || l.status
              from skald.saga_log l
              where l.saga_id = s.id
                and not %s
              limit 1))\
      """
          .formatted(KnownWords.SAGA, KnownWords.ROW);

  /** By saga_owner_wake_at_idx. What came just now may be about to be run elsewhere. */
  private static final String UNKNOWN_STATUSES =
      """
      with recursive %1$s, looked as materialized (
        (select s.id, s.status
          from skald.saga s
          where s.owner is null
            and s.wake_at <= (select clock_timestamp() - interval '1 minute')
            and s.finished_at is null
            and not s.paused
          order by s.owner, s.wake_at
          limit %4$d)
        union all
        (select s.id, s.status
          from skald.saga s
          where s.owner = any (array(
              %2$s))
            and s.finished_at is null
            and s.updated_at < (select clock_timestamp() - interval '1 minute')
          limit %4$d)
      ), said (word, id) as (
        select %3$s, s.id
        from looked s
      )
      select w.word, min(w.id::text), count(*)::integer
      from said w
      where w.word is not null
      group by w.word
      order by w.word
      """
          .formatted(DueSql.OWNERS, DueSql.DEAD_OWNERS, UNKNOWN, UnknownStatus.LOOKED_MAX);

  /** By saga_signal_sent_at_id_idx, saga_business_key_definition_idx and saga_signal_pkey. */
  private static final String PURGE_SIGNALS =
      """
      with %s, old as materialized (
        select g.id
        from looked l
        join skald.saga_signal g on g.id = l.id
        where (
          select s.id
          from skald.saga s
          where s.business_key = l.business_key
            and s.definition = l.definition
          limit 1) is null
        for update of g skip locked
      ), gone as (
        delete from skald.saga_signal
        where id = any (array(select id from old))
        returning id
      )
      select (select count(*)::integer from gone), n.sent_at, n.id
      from clock c
      left join next n on true
      """
          .formatted(PendingWalk.LOOKED_AT);

  private final Transactions transactions;
  private final String orphaned;
  private final String unknownStatuses;
  private final String purgeSignals;

  Housekeeping(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.orphaned = text.renderWithCommit(ORPHANED);
    this.unknownStatuses = text.renderWithCommit(UNKNOWN_STATUSES);
    this.purgeSignals = text.renderWithCommit(PlanOnce.SETTINGS + PURGE_SIGNALS);
  }

  List<DefinitionRef> orphanedDefinitions() {
    return transactions.run(
        "Looking for orphaned definitions",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(orphaned)) {
            statement.execute();
            return definitions(statement.getResultSet());
          }
        });
  }

  private static List<DefinitionRef> definitions(ResultSet rows) throws SQLException {
    List<DefinitionRef> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        found.add(new DefinitionRef(rows.getString(1), rows.getInt(2), rows.getString(3)));
      }
    }
    return found;
  }

  List<UnknownStatus> unknownStatuses() {
    return transactions.run(
        "Looking for unknown statuses",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(unknownStatuses)) {
            statement.execute();
            return unknown(statement.getResultSet());
          }
        });
  }

  private static List<UnknownStatus> unknown(ResultSet rows) throws SQLException {
    List<UnknownStatus> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        SagaId example = SagaId.parse(rows.getString(2));
        found.add(new UnknownStatus(rows.getString(1), example, rows.getInt(3)));
      }
    }
    return found;
  }

  PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return transactions.run(
        "Purging unclaimed signals",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(purgeSignals)) {
            PendingWalk.bind(new Binds(statement), age, after, limit);
            PlanOnce.execute(statement);
            try (ResultSet row = statement.getResultSet()) {
              row.next();
              return new PurgedPage(row.getInt(1), PendingWalk.next(row, 2));
            }
          }
        });
  }
}
