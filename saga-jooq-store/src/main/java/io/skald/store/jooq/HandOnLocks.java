package io.skald.store.jooq;

import io.skald.saga.definition.LockKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Locks that were given back go to those whose turn it is. Each lock is a transaction of its own:
 * its notes are taken, skipping what another node has taken; the first who waits is looked for; and
 * that saga takes all of its locks, or none, and is woken.
 *
 * <p>No saga is slept over. One that can have its locks became so when the last one before it on
 * some lock gave that up. The note of that was committed with it; whoever takes the note sees that
 * it is gone, and looks at the first who waits, which is this saga. If that one is kept by another
 * lock, the note of that lock comes later.
 *
 * <p>The saga's row is locked before its locks, as everybody does who ends it. Nothing is waited
 * for but a moment: what is in the way leaves the note for the next call.
 */
final class HandOnLocks {
  private static final String NOTES =
      """
      select f.name, f.key
      from skald.saga_lock_freed f
      order by f.freed_at, f.id
      limit ?
      """;

  /**
   * One of the family that has the lock comes first, then who has waited longest. By
   * saga_lock_freed_pkey, saga_lock_name_key_idx, saga_lock_root_id_idx and
   * saga_lock_name_key_since_saga_id_idx.
   */
  private static final String FIRST =
      """
      with noted as materialized (
        select f.id
        from skald.saga_lock_freed f
        where f.name = ?
          and f.key = ?
        for update skip locked
      ), gone as (
        delete from skald.saga_lock_freed f
        where f.name = ?
          and f.key = ?
          and f.id = any (array(select id from noted))
        returning f.id
      )
      select (select count(*) from gone), coalesce(a.saga_id, w.saga_id)
      from (select) one
      left join lateral (
        select l.saga_id
        from skald.saga_lock h
        join skald.saga_lock l on l.root_id = h.root_id and l.name = h.name and l.key = h.key
        where h.name = ?
          and h.key = ?
          and h.held_at is not null
          and not h.shared
          and l.held_at is null
        order by l.since, l.saga_id
        limit 1) a on true
      left join lateral (
        select l.saga_id
        from skald.saga_lock l
        where l.name = ?
          and l.key = ?
          and l.held_at is null
        order by l.since, l.saga_id
        limit 1) w on true
      """;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final String notes;
  private final String first;
  private final String handOn;

  HandOnLocks(Transactions transactions, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.notes = text.renderWithCommit(NOTES);
    this.first = text.render(PlanOnce.SETTINGS + TakeLocks.A_MOMENT + FIRST);
    this.handOn = text.renderWithCommit(TakeLocks.TAKE);
  }

  int handOn(int limit) {
    int done = 0;
    for (LockKey lock : noted(limit)) {
      if (isHandedOn(lock)) {
        done++;
      }
    }
    return done;
  }

  /** The locks that were given back first, each once. */
  private Set<LockKey> noted(int limit) {
    return transactions.run(
        "Looking for locks to hand on",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(notes)) {
            new Binds(statement).integer(limit);
            statement.execute();
            Set<LockKey> locks = new LinkedHashSet<>();
            try (ResultSet rows = statement.getResultSet()) {
              while (rows.next()) {
                locks.add(new LockKey(rows.getString(1), rows.getString(2)));
              }
            }
            return locks;
          }
        });
  }

  /** Whether this lock needs no further call; else its note is left. */
  private boolean isHandedOn(LockKey lock) {
    try {
      return transactions.once(connection -> handOn(connection, lock));
    } catch (SQLException e) {
      if (TakeLocks.isInTheWay(errors, e)) {
        return false;
      }
      throw errors.exception("Handing on a lock " + lock.name(), e);
    }
  }

  private boolean handOn(Connection connection, LockKey lock) throws SQLException {
    @Nullable UUID saga;
    try (PreparedStatement statement = connection.prepareStatement(first)) {
      Binds binds = new Binds(statement);
      for (int use = 0; use < 4; use++) {
        binds.text(lock.name()).text(lock.key());
      }
      PlanOnce.execute(statement);
      // past the moment
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        if (row.getInt(1) == 0) {
          return false;
        }
        saga = row.getObject(2, UUID.class);
      }
    }
    if (saga != null) {
      handOn(connection, saga);
    }
    return true;
  }

  private void handOn(Connection connection, UUID saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(handOn)) {
      Binds binds = new Binds(statement);
      for (int use = 0; use < TakeLocks.SAGAS_OF_TAKE; use++) {
        binds.uuid(saga);
      }
      statement.execute();
    }
  }
}
