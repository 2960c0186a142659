package io.skald.store.jooq;

import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.jooq.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * An inbox in PostgreSQL, 15 or later, beside the business tables. Its work finds {@link
 * org.jooq.DSLContext} by {@code tx.unwrap}, as local steps do. Safe for use by several threads.
 *
 * <p>Takes a connection from the application's pool for each message that is received in a
 * transaction of its own, and keeps none.
 */
public final class JooqInbox implements Inbox {
  private final InboxTransactions transactions;
  private final PurgeInbox purges;
  private final Duration retention;

  private JooqInbox(Builder builder) {
    var text = new SqlText(builder.schema);
    var errors = new SqlErrors(builder.schema);
    var own = new Transactions(builder.dataSource, errors);
    this.transactions =
        new InboxTransactions(own, errors, new ReceiveMessage(text), builder.manager);
    this.purges = new PurgeInbox(own, text);
    this.retention = builder.retention;
  }

  /**
   * An inbox in the schema {@code skald}, which keeps messages for 7 days.
   *
   * @param dataSource the pool of the database that holds the business tables as well
   * @throws SagaStoreException if the database cannot be reached or refuses the migration
   */
  public static JooqInbox of(DataSource dataSource) {
    return builder(dataSource).build();
  }

  /**
   * A builder of inboxes.
   *
   * @param dataSource the pool of the database that holds the business tables as well
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /** Collects what an inbox is made of. Not safe for use by several threads. */
  public static final class Builder {
    private static final Duration RETENTION_MIN = Duration.ofHours(1);
    private static final Duration RETENTION_MAX = Duration.ofDays(3650);

    private final DataSource dataSource;
    private String schema = "skald";
    private Migration migration = Migration.AUTO;
    private Duration retention = Duration.ofDays(7);
    private @Nullable TransactionBinding manager;

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
    }

    /**
     * The schema of Skald's tables, in place of {@code skald}.
     *
     * @throws IllegalArgumentException if the name is not 1 to 63 of lower-case letters, digits and
     *     {@code _}, a digit not first
     */
    public Builder schema(String name) {
      this.schema = new SqlText(name).schema();
      return this;
    }

    /** What happens to the schema when the inbox is built, in place of {@link Migration#AUTO}. */
    public Builder migration(Migration mode) {
      this.migration = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * For how long a message is known again after it was first received, in place of 7 days: longer
     * than the broker may take to deliver it again, a replay by hand included. Give all inboxes of
     * a schema the same; each deletes by its own.
     *
     * @param window 1 h to 3,650 days
     * @throws IllegalArgumentException if {@code window} is out of bounds
     */
    public Builder retention(Duration window) {
      this.retention = Check.within("retention", window, RETENTION_MIN, RETENTION_MAX);
      return this;
    }

    /**
     * Has messages received in transactions of the application's transaction manager: in the one
     * that is active, or in a new one, in place of the inbox's own. So its data access (JPA,
     * Spring's templates) takes part.
     */
    public Builder transactions(TransactionBinding binding) {
      this.manager = Objects.requireNonNull(binding, "binding");
      return this;
    }

    /**
     * Migrates or validates the schema as asked, and makes the inbox.
     *
     * @throws SagaStoreException if the database cannot be reached, refuses the migration, or lacks
     *     something; the message says what
     */
    public JooqInbox build() {
      new SkaldSchema(dataSource, schema).apply(migration);
      return new JooqInbox(this);
    }
  }

  @Override
  public <X extends Exception> Receipt once(Delivery delivery, Work<X> work) throws X {
    Objects.requireNonNull(delivery, "delivery");
    return transactions.once(delivery, Objects.requireNonNull(work, "work"));
  }

  @Override
  public <X extends Exception> Receipt once(Connection connection, Delivery delivery, Work<X> work)
      throws X {
    Objects.requireNonNull(delivery, "delivery");
    return transactions.joined(connection, delivery, Objects.requireNonNull(work, "work"));
  }

  /**
   * Does the work of a message unless it is done already, in a jOOQ transaction: as {@link
   * #once(Connection, Delivery, Work)}.
   *
   * <pre>{@code
   * dsl.transaction(
   *     transaction -> {
   *       Receipt receipt = inbox.once(transaction, delivery, tx -> pay(transaction.dsl(), bill));
   *       audit(transaction.dsl(), receipt);
   *     });
   * }</pre>
   *
   * @param configuration the configuration jOOQ gives inside the transaction
   * @throws IllegalArgumentException if it is not inside of one
   * @throws X what the work throws
   * @throws SagaStoreException if the database fails, or the configuration has no connection
   */
  public <X extends Exception> Receipt once(
      Configuration configuration, Delivery delivery, Work<X> work) throws X {
    return Jooq.on(
        configuration.connectionProvider(), connection -> once(connection, delivery, work));
  }

  @Override
  public long purge() {
    return purges.purge(retention);
  }
}
