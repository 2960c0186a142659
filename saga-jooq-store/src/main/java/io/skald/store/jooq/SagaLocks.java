package io.skald.store.jooq;

import io.skald.saga.SagaId;
import io.skald.saga.error.LockedBySagaException;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Configuration;

/**
 * The locks of sagas for code that is no saga: a transaction that changes an account has sagas that
 * lock it wait until it has ended. Safe for use by several threads.
 *
 * <pre>{@code
 * SagaLocks locks = SagaLocks.of("skald");
 * dsl.transaction(transaction -> {
 *   locks.keepOff(transaction, "account", account.id());
 *   transaction.dsl().update(ACCOUNT).set(ACCOUNT.OWNER, owner).where(...).execute();
 * });
 * }</pre>
 *
 * <p>Nothing is to be given back: the end of the transaction does, whichever it is, and so does a
 * rollback to a savepoint from before the call. A transaction that keeps sagas off a lock should be
 * short: a saga whose turn it is tries again about every second, and others that want the same lock
 * wait behind it. Transactions that want several locks should ask for them in one order, as with
 * rows: the database ends one of two that wait for each other.
 */
public final class SagaLocks {
  /** A conflict is on saga_lock_name_key_idx; one that is being made or unmade is waited for. */
  private static final String KEEP_OFF =
      """
      insert into skald.saga_lock (saga_id, name, key, root_id, since, held_at)
      values (
        gen_random_uuid(), ?, ?, '00000000-0000-0000-0000-000000000000', clock_timestamp(),
        clock_timestamp())
      on conflict (name, key) where held_at is not null and not shared do nothing
      returning saga_id
      """;

  /**
   * The row goes at once, and nobody ever sees it; but as long as the transaction that has inserted
   * it is open, nobody else can insert one like it.
   */
  private static final String UNSEEN =
      """
      delete from skald.saga_lock
      where saga_id = ?
      """;

  private static final String HOLDER =
      """
      select l.saga_id
      from skald.saga_lock l
      where l.name = ?
        and l.key = ?
        and l.held_at is not null
        and not l.shared
      """;

  private static final int LOOKS_MAX = 10;

  private final SqlErrors errors;
  private final String keepOff;
  private final String unseen;
  private final String holder;

  private SagaLocks(SqlText text) {
    this.errors = new SqlErrors(text.schema());
    this.keepOff = text.render(KEEP_OFF);
    this.unseen = text.render(UNSEEN);
    this.holder = text.render(HOLDER);
  }

  /**
   * The locks of a schema.
   *
   * @param schema the schema of the engine's tables
   * @throws IllegalArgumentException if it is not lower-case letters, digits and {@code _}
   */
  public static SagaLocks of(String schema) {
    return new SagaLocks(new SqlText(schema));
  }

  /**
   * Keeps sagas off a lock until the transaction ends. Waits for another transaction that does the
   * same, as for a row that it has locked.
   *
   * @param connection a connection with autocommit off
   * @param name the lock's name, as in the definitions that take it
   * @param key which one
   * @throws LockedBySagaException if a saga holds the lock; the transaction is as it was
   * @throws IllegalArgumentException if autocommit is on
   * @throws SagaStoreException if the database refuses, as when the wait takes too long for it
   */
  public void keepOff(Connection connection, String name, String key) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(key, "key");
    try {
      Transactions.requireOpen(connection);
      for (int look = 0; look < LOOKS_MAX; look++) {
        if (isKeptOff(connection, name, key)) {
          return;
        }
        Optional<SagaId> saga = find(connection, name, key);
        if (saga.isPresent()) {
          throw new LockedBySagaException(name, saga.get());
        }
      }
      throw new LockedBySagaException(name, null);
    } catch (SQLException e) {
      throw errors.exception("Keeping sagas off lock " + name, e);
    }
  }

  /**
   * As {@link #keepOff(Connection, String, String)}, in a transaction of jOOQ's.
   *
   * @param configuration the configuration jOOQ gives inside the transaction
   */
  public void keepOff(Configuration configuration, String name, String key) {
    configuration.dsl().connection(connection -> keepOff(connection, name, key));
  }

  /**
   * The saga that holds a lock, if one does: a look that keeps nobody off. In a transaction that
   * has been kept off nothing it may be another one, or none, a moment later.
   *
   * @param connection any connection
   * @throws SagaStoreException if the database refuses
   */
  public Optional<SagaId> holder(Connection connection, String name, String key) {
    try {
      return find(connection, name, key);
    } catch (SQLException e) {
      throw errors.exception("Looking who holds lock " + name, e);
    }
  }

  private boolean isKeptOff(Connection connection, String name, String key) throws SQLException {
    UUID nobody;
    try (PreparedStatement statement = connection.prepareStatement(keepOff)) {
      new Binds(statement).text(name).text(key);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        nobody = row.getObject(1, UUID.class);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(unseen)) {
      new Binds(statement).uuid(nobody);
      statement.executeUpdate();
    }
    return true;
  }

  private Optional<SagaId> find(Connection connection, String name, String key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(holder)) {
      new Binds(statement).text(name).text(key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new SagaId(row.getObject(1, UUID.class)))
            : Optional.empty();
      }
    }
  }
}
