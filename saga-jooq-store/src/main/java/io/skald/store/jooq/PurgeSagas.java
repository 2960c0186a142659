package io.skald.store.jooq;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
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

/**
 * Retention. Ended sagas are locked first, skipping what is locked, then handed to the archive,
 * then deleted, in one transaction. No claim ever waits for it: what it locks has ended.
 */
final class PurgeSagas {
  /**
   * A family goes from its first one down: as long as a parent is there, it may have to compensate
   * what it started, and this must be there to be called back. Children are looked for one saga at
   * a time, as a join could read the whole table. By saga_parent_id_finished_at_idx and saga_pkey.
   */
  private static final String LOCK =
      """
      with looked as materialized (
        select s.id, s.definition, s.status, s.finished_at
        from skald.saga s
        where s.finished_at <= (select clock_timestamp() - ? * interval '1 microsecond')
          and s.finished_at > (select timestamptz 'epoch' + ? * interval '1 microsecond')
          and s.parent_id is null
        order by s.parent_id, s.finished_at
        limit ?
      ), old as materialized (
        select s.id
        from skald.saga s
        where s.id = any (array(
            select l.id
            from looked l
            where case
              when l.definition = any (?) then l.definition || '/' || l.status = any (?)
              else l.status = any (?)
            end))
          and s.finished_at is not null
          and s.parent_id is null
          and (
            select c.id
            from skald.saga c
            where c.parent_id = s.id
              and c.finished_at is null
            limit 1) is null
        for update of s skip locked
      )
      select o.id, n.finished_at
      from (values (1)) one (number)
      left join (
        select l.finished_at
        from looked l
        order by l.finished_at
        offset greatest(0, ? - 1)
        limit 1) n on true
      left join old o on true
      """;

  /**
   * Whoever's parent goes has none from then on, and is old enough for a later call. By saga_pkey,
   * saga_parent_id_finished_at_idx, saga_log_pkey and
   * saga_signal_business_key_definition_consumed_at_idx.
   */
  private static final String DELETE =
      """
      with old as materialized (
        select s.id, s.business_key, s.definition
        from skald.saga s
        where s.id = any (?)
      ), children as (
        update skald.saga
        set parent_id = null,
            parent_path = null
        where parent_id = any (array(select id from old))
      ), logs as (
        delete from skald.saga_log
        where saga_id = any (array(select id from old))
      ), signals as (
        delete from skald.saga_signal g
        where g.business_key = any (array(select business_key from old))
          and exists (
            select
            from old
            where old.business_key = g.business_key
              and old.definition = g.definition)
      )
      delete from skald.saga
      where id = any (array(select id from old))
      """;

  /** A node is dead without a row as well as with an expired one. */
  private static final String FORGET_NODES =
      """
      delete from skald.saga_node
      where expires_at < clock_timestamp() - interval '1 day'
      """;

  private final Transactions transactions;
  private final SagaQueries queries;
  private final String lock;
  private final String delete;
  private final String forgetNodes;

  private record Locked(List<SagaId> sagas, Optional<Instant> next) {}

  PurgeSagas(Transactions transactions, SagaQueries queries, SqlText text) {
    this.transactions = transactions;
    this.queries = queries;
    this.lock = text.render(PlanOnce.SETTINGS + LOCK);
    this.delete = text.render(DELETE);
    this.forgetNodes = text.render(FORGET_NODES);
  }

  PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive) {
    return transactions.run(
        "Purging finished sagas",
        connection -> {
          Locked locked = lock(connection, expiry, after, Math.max(0, limit));
          if (!locked.sagas().isEmpty()) {
            archive(connection, locked.sagas(), archive);
            delete(connection, locked.sagas());
          }
          try (PreparedStatement statement = connection.prepareStatement(forgetNodes)) {
            statement.execute();
          }
          return new PurgedSagas(locked.sagas().size(), locked.next());
        });
  }

  private Locked lock(Connection connection, Expiry expiry, Instant after, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      new Binds(statement)
          .bigint(Rows.micros(expiry.age()))
          .bigint(Rows.micros(Duration.between(Instant.EPOCH, after)))
          .integer(limit)
          .texts(List.copyOf(expiry.named().keySet()), name -> name)
          .texts(named(expiry), pair -> pair)
          .texts(List.copyOf(expiry.ends()), SagaStatus::name)
          .integer(limit);
      PlanOnce.execute(statement);
      List<SagaId> sagas = new ArrayList<>();
      Optional<Instant> next = Optional.empty();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          Optional.ofNullable(rows.getObject(1, UUID.class)).map(SagaId::new).ifPresent(sagas::add);
          next = Optional.ofNullable(Rows.instantOrNull(rows, 2));
        }
      }
      return new Locked(sagas, next);
    }
  }

  /** A definition's name has no slash. */
  static List<String> named(Expiry expiry) {
    return expiry.named().entrySet().stream()
        .flatMap(own -> own.getValue().stream().map(end -> own.getKey() + "/" + end))
        .toList();
  }

  private void archive(Connection connection, List<SagaId> sagas, SagaArchive archive)
      throws SQLException {
    if (archive == SagaArchive.NONE) {
      return;
    }
    List<SagaSnapshot> kept = new ArrayList<>();
    for (SagaId saga : sagas) {
      queries
          .load(connection, saga)
          .filter(found -> found.saga().erasedAt() == null)
          .ifPresent(kept::add);
    }
    if (kept.isEmpty()) {
      return;
    }
    var seen = new StepConnection(connection);
    archive.keep(seen.seen(), kept);
    if (seen.hasEnded()) {
      throw new SQLException("the archive has ended the transaction it was to write in", "25000");
    }
  }

  private void delete(Connection connection, List<SagaId> sagas) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(delete)) {
      new Binds(statement).uuids(sagas, SagaId::value);
      statement.executeUpdate();
    }
  }
}
