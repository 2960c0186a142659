package io.skald.store.jooq;

import io.skald.engine.spi.LockResult;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga takes its locks: all of them, or none. That nobody else has one is what
 * saga_lock_name_key_idx says, whatever was read before; that nobody comes first is read, and a
 * saga whose insert was not committed yet is not seen.
 *
 * <p>It never waits for another saga, but for a moment for a transaction under way: one that takes
 * the same lock, or one of the application's that keeps sagas off it ({@link SagaLocks}). If that
 * takes longer, a note is left for {@link HandOnLocks}, for nobody else would hand on what such a
 * transaction lets go of.
 *
 * <p>What is locked here are rows of the saga's own: its row first, as everybody does who ends it,
 * then its locks. Whoever gets them is woken, though it may be the saga itself that asked: the
 * request may be one of an owner that was given up, and arrive when the saga sleeps.
 */
final class TakeLocks {
  static final String A_MOMENT = "set local lock_timeout = '100ms';\n";

  /** What the saga's family has. */
  private static final String FAMILYS =
      """
      exists (
            select
            from skald.saga_lock h
            where h.name = %1$s.name
              and h.key = %1$s.key
              and h.root_id = %1$s.root_id
              and h.held_at is not null
              and not h.shared)\
      """;

  /**
   * What others of its family wait for as well is noted: they may have it, too.
   *
   * <p>By saga_pkey and saga_lock_pkey, its family's by saga_lock_root_id_idx; of others who has a
   * lock by saga_lock_name_key_idx, who comes first by saga_lock_name_key_since_saga_id_idx.
   */
  static final String TAKE =
      """
      select s.id
      from skald.saga s
      where s.id = ?
      for no key update;
      with mine as materialized (
        select l.saga_id, l.name, l.key, l.root_id, l.since, l.held_at
        from skald.saga_lock l
        where l.saga_id = ?
        order by l.name, l.key
        for no key update
      ), behind as materialized (
        select m.saga_id
        from mine m
        where m.held_at is null
          and not %1$s
          and (
            exists (
              select
              from skald.saga_lock h
              where h.name = m.name
                and h.key = m.key
                and h.held_at is not null
                and not h.shared)
            or exists (
              select
              from skald.saga_lock w
              where w.name = m.name
                and w.key = m.key
                and w.held_at is null
                and w.root_id <> m.root_id
                and (w.since, w.saga_id) < (m.since, m.saga_id)))
        limit 1
      ), taken as (
        update skald.saga_lock l
        set held_at = clock_timestamp(),
          shared = %2$s
        where l.saga_id = ?
          and l.held_at is null
          and not exists (select from behind)
        returning l.saga_id, l.name, l.key, l.root_id
      ), noted as (
        insert into skald.saga_lock_freed (name, key)
        select t.name, t.key
        from taken t
        where exists (
          select
          from skald.saga_lock w
          where w.root_id = t.root_id
            and w.name = t.name
            and w.key = t.key
            and w.saga_id <> t.saga_id
            and w.held_at is null)
      )
      update skald.saga s
      set %3$s
      where s.id = ?
        and s.finished_at is null
        and exists (select from taken)
      """
          .formatted(
              FAMILYS.formatted("m"), FAMILYS.formatted("l"), RouteSignals.RAISED.formatted("1"));

  /** How many times {@link #TAKE} names the saga. */
  static final int SAGAS_OF_TAKE = 4;

  /** A new statement: it sees what was committed during the one before. */
  private static final String LOOK =
      """
      select s.signals, w.name, w.behind
      from skald.saga s
      left join lateral (
        select l.name, coalesce(h.saga_id, f.saga_id) as behind
        from skald.saga_lock l
        left join lateral (
          select o.saga_id
          from skald.saga_lock o
          where o.name = l.name
            and o.key = l.key
            and o.held_at is not null
            and not o.shared
            and o.root_id <> l.root_id
          limit 1) h on true
        left join lateral (
          select o.saga_id
          from skald.saga_lock o
          where o.name = l.name
            and o.key = l.key
            and o.held_at is null
            and o.root_id <> l.root_id
            and (o.since, o.saga_id) < (l.since, l.saga_id)
          order by o.since, o.saga_id
          limit 1) f on true
        where l.saga_id = s.id
          and l.held_at is null
        order by (coalesce(h.saga_id, f.saga_id) is null), l.name, l.key
        limit 1) w on true
      where s.id = ?
      """;

  private static final String NOTE =
      """
      insert into skald.saga_lock_freed (name, key)
      select l.name, l.key
      from skald.saga_lock l
      where l.saga_id = ?
        and l.held_at is null
      """;

  private static final int TRIES_MAX = 3;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final String take;
  private final String look;
  private final String note;

  TakeLocks(Transactions transactions, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.take = text.renderWithCommit(PlanOnce.SETTINGS + A_MOMENT + TAKE + ";\n" + LOOK);
    this.look = text.renderWithCommit(PlanOnce.SETTINGS + LOOK);
    this.note = text.renderWithCommit(NOTE);
  }

  LockResult take(SagaId saga) {
    for (int tries = 1; ; tries++) {
      Optional<LockResult> known = tried(saga);
      LockResult result = known.orElseGet(() -> look(saga));
      boolean isFree = result instanceof LockResult.Waiting waiting && waiting.behind() == null;
      if (!isFree) {
        return result;
      }
      if (known.isEmpty() || tries == TRIES_MAX) {
        // noted after the look: what is handed on by this note raises the number that was read
        note(saga);
        return result;
      }
    }
  }

  /** Tries once; empty if a transaction under way was in the way. */
  private Optional<LockResult> tried(SagaId saga) {
    try {
      return Optional.of(transactions.once(connection -> take(connection, saga)));
    } catch (SQLException e) {
      if (isInTheWay(errors, e)) {
        return Optional.empty();
      }
      throw errors.exception("Taking the locks of " + saga, e);
    }
  }

  /** Whether somebody takes one of the locks at this moment, or has just done so. */
  static boolean isInTheWay(SqlErrors errors, SQLException e) {
    return "23505".equals(e.getSQLState()) || Transactions.isWorthRepeating(errors.reaction(e));
  }

  private LockResult take(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      Binds binds = new Binds(statement);
      for (int use = 0; use < SAGAS_OF_TAKE + 1; use++) {
        binds.uuid(saga.value());
      }
      PlanOnce.execute(statement);
      // past the moment, the saga's row, and what was taken
      for (int past = 0; past < 3; past++) {
        statement.getMoreResults();
      }
      return result(statement);
    }
  }

  private LockResult look(SagaId saga) {
    return transactions.run(
        "Looking at the locks of " + saga,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(look)) {
            new Binds(statement).uuid(saga.value());
            PlanOnce.execute(statement);
            return result(statement);
          }
        });
  }

  private static LockResult result(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      if (!row.next()) {
        // no such saga: whoever acts for it finds that out by its fence
        return new LockResult.Granted();
      }
      int signals = row.getInt(1);
      String lock = row.getString(2);
      @Nullable UUID behind = row.getObject(3, UUID.class);
      return lock == null
          ? new LockResult.Granted()
          : new LockResult.Waiting(signals, lock, behind == null ? null : new SagaId(behind));
    }
  }

  private void note(SagaId saga) {
    transactions.run(
        "Noting the locks of " + saga,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(note)) {
            new Binds(statement).uuid(saga.value());
            return statement.execute();
          }
        });
  }
}
