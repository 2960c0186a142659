package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Passage;
import java.sql.Connection;
import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.jooq.Configuration;

/**
 * The barrier of a participant whose own tables are in PostgreSQL, 15 or later. It needs its table
 * and nothing else of the engine, runs on whatever connection it is given, and takes one of its own
 * only to migrate and to {@link #purge}. Safe for use by several threads.
 */
public final class JooqBarrier implements Barrier {
  private final AskBarrier asks;
  private final BarrierRows rows;
  private final PurgeBarrier purges;
  private final Duration retention;

  private JooqBarrier(Builder builder) {
    SqlText text = new SqlText(builder.schema);
    SqlErrors errors = new SqlErrors(builder.schema);
    this.rows = new BarrierRows(text);
    this.asks = new AskBarrier(rows, errors);
    this.purges = new PurgeBarrier(new Transactions(builder.dataSource, errors), text);
    this.retention = builder.retention;
  }

  /**
   * A builder of barriers.
   *
   * @param dataSource the pool of the participant's database
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /** Collects what a barrier is made of. Not safe for use by several threads. */
  public static final class Builder {
    private static final Duration RETENTION_MIN = Duration.ofDays(1);
    private static final Duration RETENTION_MAX = Duration.ofDays(3650);

    private final DataSource dataSource;
    private String schema = "skald";
    private Migration migration = Migration.AUTO;
    private Duration retention = Duration.ofDays(30);

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
    }

    /**
     * The schema of the barrier's table, in place of {@code skald}.
     *
     * @throws IllegalArgumentException if the name is not 1 to 63 of lower-case letters, digits and
     *     {@code _}, a digit not first
     */
    public Builder schema(String name) {
      this.schema = new SqlText(name).schema();
      return this;
    }

    /**
     * What happens to the schema when the barrier is built, in place of {@link Migration#AUTO}. The
     * tables of an engine are made as well, and stay empty where there is none.
     */
    public Builder migration(Migration mode) {
      this.migration = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * How long {@link JooqBarrier#purge} leaves what has passed, in place of 30 days. It has to be
     * longer than the longest time between an action and its compensation, of stuck sagas as well:
     * what was forgotten by then is taken for an empty compensation, and its effect stays.
     *
     * @throws IllegalArgumentException if it is below 1 day or above 3,650 days
     */
    public Builder retention(Duration kept) {
      Objects.requireNonNull(kept, "retention");
      if (kept.compareTo(RETENTION_MIN) < 0 || kept.compareTo(RETENTION_MAX) > 0) {
        throw Check.refused("retention", kept, RETENTION_MIN + " to " + RETENTION_MAX);
      }
      this.retention = kept;
      return this;
    }

    /**
     * Migrates or validates the schema as asked, and makes the barrier.
     *
     * @throws SagaStoreException if the database cannot be reached, refuses the migration, or lacks
     *     something; the message says what
     */
    public JooqBarrier build() {
      new SkaldSchema(dataSource, schema).apply(migration);
      return new JooqBarrier(this);
    }
  }

  @Override
  public <X extends Exception> Passage action(Connection connection, String actionKey, Work<X> work)
      throws X {
    return pass(connection, asks.action(connection, actionKey).passage(), work);
  }

  /**
   * {@link #action(Connection, String, Work)} in a transaction of jOOQ.
   *
   * @param transaction what jOOQ gives inside the transaction
   * @throws X what the work throws
   */
  public <X extends Exception> Passage action(
      Configuration transaction, String actionKey, Work<X> work) throws X {
    return Jooq.on(
        transaction.connectionProvider(), connection -> action(connection, actionKey, work));
  }

  @Override
  public <X extends Exception> Answered answeredAction(
      Connection connection, String actionKey, AnsweringWork<X> work) throws X {
    Answered asked = asks.action(connection, actionKey);
    if (asked.passage() != Passage.PASSED) {
      return asked;
    }
    try {
      var answered = new Answered(Passage.PASSED, work.run());
      rows.requireWhole(connection);
      asks.keep(connection, actionKey, answered.answer());
      return answered;
    } catch (Throwable e) {
      rows.spoil(connection);
      throw e;
    }
  }

  /**
   * {@link #answeredAction(Connection, String, AnsweringWork)} in a transaction of jOOQ.
   *
   * @param transaction what jOOQ gives inside the transaction
   * @throws X what the work throws
   */
  public <X extends Exception> Answered answeredAction(
      Configuration transaction, String actionKey, AnsweringWork<X> work) throws X {
    return Jooq.on(
        transaction.connectionProvider(),
        connection -> answeredAction(connection, actionKey, work));
  }

  @Override
  public <X extends Exception> Passage compensation(
      Connection connection, String actionKey, Work<X> work) throws X {
    return pass(connection, asks.compensation(connection, actionKey), work);
  }

  /**
   * {@link #compensation(Connection, String, Work)} in a transaction of jOOQ.
   *
   * @param transaction what jOOQ gives inside the transaction
   * @throws X what the work throws
   */
  public <X extends Exception> Passage compensation(
      Configuration transaction, String actionKey, Work<X> work) throws X {
    return Jooq.on(
        transaction.connectionProvider(), connection -> compensation(connection, actionKey, work));
  }

  @Override
  public <X extends Exception> Passage confirmation(
      Connection connection, String actionKey, Work<X> work) throws X {
    return pass(connection, asks.confirmation(connection, actionKey), work);
  }

  /**
   * {@link #confirmation(Connection, String, Work)} in a transaction of jOOQ.
   *
   * @param transaction what jOOQ gives inside the transaction
   * @throws X what the work throws
   */
  public <X extends Exception> Passage confirmation(
      Configuration transaction, String actionKey, Work<X> work) throws X {
    return Jooq.on(
        transaction.connectionProvider(), connection -> confirmation(connection, actionKey, work));
  }

  /**
   * Forgets what passed longer ago than the retention says, 500 rows in each transaction. Waits for
   * nobody and holds up nobody. Nothing calls it but you: once an hour, say, from one node or all.
   *
   * @return how many rows were deleted
   * @throws SagaStoreException if the database fails
   */
  public long purge() {
    return purges.purge(retention);
  }

  private <X extends Exception> Passage pass(Connection connection, Passage passage, Work<X> work)
      throws X {
    if (passage == Passage.PASSED) {
      try {
        work.run();
        rows.requireWhole(connection);
      } catch (Throwable e) {
        rows.spoil(connection);
        throw e;
      }
    }
    return passage;
  }
}
