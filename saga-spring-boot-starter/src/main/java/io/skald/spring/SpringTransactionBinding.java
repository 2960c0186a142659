package io.skald.spring;

import io.skald.engine.spi.TransactionBinding;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Spring's transactions on one {@code DataSource}. A start joins the transaction that is active on
 * its thread, and local steps run in transactions of the same manager: {@code JdbcTemplate}, {@code
 * JdbcClient}, JPA and a jOOQ context that Spring Boot made take part without being told. Safe for
 * use by several threads.
 *
 * <p>Gives the status of a local step's transaction to whoever asks its {@code Tx} for {@link
 * TransactionStatus}.
 */
public final class SpringTransactionBinding implements TransactionBinding {
  /** Before anything else in a transaction; its default may be another isolation. */
  private static final String EXPLICIT =
      "set transaction isolation level read committed, read write";

  private static final String DEFAULTS =
      """
      select current_setting('default_transaction_isolation') = 'read committed'
        and current_setting('default_transaction_read_only') = 'off'
      """;

  private final PlatformTransactionManager manager;
  private final DataSource dataSource;

  /**
   * By the driver's connection: those of one data source may differ, as when a role's settings were
   * changed after some were made, or a router leads to several servers.
   */
  private final Map<Connection, Defaults> known = Collections.synchronizedMap(new WeakHashMap<>());

  private enum Defaults {
    FIT,
    DIFFER
  }

  /**
   * The transactions of {@code manager}.
   *
   * @param manager manages transactions on {@code dataSource}
   * @param dataSource the one the store was given; proxies that are aware of transactions are seen
   *     through
   */
  public SpringTransactionBinding(PlatformTransactionManager manager, DataSource dataSource) {
    this.manager = Objects.requireNonNull(manager, "manager");
    this.dataSource = DataSources.target(dataSource);
  }

  @Override
  public Optional<Connection> ambient() {
    if (!TransactionSynchronizationManager.isActualTransactionActive()) {
      return Optional.empty();
    }
    // active may be another manager's transaction, on a broker for instance: ask this one
    TransactionStatus status =
        manager.getTransaction(
            new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_SUPPORTS));
    try {
      return status.hasTransaction() ? Optional.of(connection()) : Optional.empty();
    } finally {
      manager.commit(status);
    }
  }

  @Override
  public void afterCommit(Runnable hint) {
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      return; // the manager tells nobody; the saga is found by the next poll
    }
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCompletion(int status) {
            // not afterCommit: that is skipped when another one's throws
            if (status == STATUS_COMMITTED) {
              hint.run();
            }
          }
        });
  }

  @Override
  public void inNewTransaction(SessionWork work) throws Exception {
    // never the definition's isolation: that would set it on the connection, not on the transaction
    TransactionStatus status =
        manager.getTransaction(
            new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
    Connection driver;
    Defaults defaults;
    try {
      Connection connection = connection();
      driver = driver(connection);
      // known again only if the transaction goes well: its failure may come from other defaults
      defaults = requireReadCommitted(connection, known.remove(driver));
      work.run(new SpringSession(connection, status));
      requireCommittable(status);
    } catch (Throwable e) {
      rollBack(status, e);
      throw e;
    }
    manager.commit(status);
    known.put(driver, defaults);
  }

  /** To commit such a transaction would roll it back and say nothing. */
  private static void requireCommittable(TransactionStatus status) {
    if (status.isRollbackOnly()) {
      throw new UnexpectedRollbackException("The transaction was marked for rollback");
    }
  }

  private void rollBack(TransactionStatus status, Throwable failure) {
    try {
      manager.rollback(status);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * The connection of the active transaction, which stays open until its end. Under a manager of
   * another database Spring binds a connection as well, but that one commits every statement.
   */
  private Connection connection() {
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      requireTransactional(connection);
    } catch (SQLException e) {
      throw new CannotGetJdbcConnectionException("The transaction's connection is unfit", e);
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
    return connection;
  }

  private void requireTransactional(Connection connection) throws SQLException {
    if (connection.getAutoCommit()) {
      throw new IllegalStateException(
          "transaction manager: %s, which does not manage the DataSource of the sagas"
                  .formatted(manager.getClass().getName())
              + " (expected: one that does)");
    }
  }

  /** A pool's wrapper is another one each time. */
  private static Connection driver(Connection connection) throws SQLException {
    return connection.isWrapperFor(PgConnection.class)
        ? connection.unwrap(PgConnection.class)
        : connection;
  }

  /** Answers what the session's defaults are, which is asked where it is not {@code known}. */
  private static Defaults requireReadCommitted(Connection connection, @Nullable Defaults known)
      throws SQLException {
    if (known == Defaults.FIT && !connection.isReadOnly()) {
      return known;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(EXPLICIT);
      return known == null ? defaults(statement) : known;
    }
  }

  private static Defaults defaults(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(DEFAULTS)) {
      return row.next() && row.getBoolean(1) ? Defaults.FIT : Defaults.DIFFER;
    }
  }

  /** A local step's transaction. */
  private record SpringSession(Connection connection, TransactionStatus status) implements Session {

    @Override
    public void flush() {
      status.flush();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      if (type.isInstance(status)) {
        return type.cast(status);
      }
      throw new IllegalArgumentException(
          "type: %s (expected: %s)".formatted(type.getName(), TransactionStatus.class.getName()));
    }
  }
}
