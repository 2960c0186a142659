package io.skald.store.jooq;

import com.github.f4b6a3.uuid.UuidCreator;
import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Outbox;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.CRC32;
import org.jooq.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Publishes into the table {@code saga_outbox}, in transactions of JDBC, of jOOQ, or of the
 * application's transaction manager. Needs no engine, only a relay on some node that has the table.
 * Safe for use by several threads.
 *
 * <pre>{@code
 * Outbox outbox = JooqOutbox.builder().topic(PLACED).topic(CANCELLED).build();
 * }</pre>
 */
public final class JooqOutbox implements Outbox {
  private final SqlErrors errors;
  private final String publish;
  private final Map<String, Topic> topics;
  private final @Nullable TransactionBinding binding;
  private final Runnable hint;

  private JooqOutbox(Builder builder) {
    var text = new SqlText(builder.schema);
    this.errors = new SqlErrors(builder.schema);
    this.publish = text.render(OutboxSql.PUBLISH);
    this.topics = Map.copyOf(builder.topics);
    this.binding = builder.binding;
    this.hint = builder.hint;
  }

  /** A builder of outboxes. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what an outbox is made of. Not safe for use by several threads. */
  public static final class Builder {
    private final Map<String, Topic> topics = new LinkedHashMap<>();
    private String schema = "skald";
    private @Nullable TransactionBinding binding;
    private Runnable hint = () -> {};

    private Builder() {}

    /**
     * A topic to which messages may be published; there must be one at least.
     *
     * @throws IllegalArgumentException if there is another one of that name
     */
    public Builder topic(Topic topic) {
      Topic other = topics.putIfAbsent(topic.name(), topic);
      if (other != null && !other.equals(topic)) {
        throw new IllegalArgumentException(
            "topic %s: %s (expected: one order, %s)"
                .formatted(topic, topic.order(), other.order()));
      }
      return this;
    }

    /**
     * The schema of the table, in place of {@code skald}.
     *
     * @throws IllegalArgumentException as {@link JooqSagaStore.Builder#schema}
     */
    public Builder schema(String name) {
      this.schema = new SqlText(name).schema();
      return this;
    }

    /**
     * Tells which transaction is active on a thread; without it {@link #publish(Message)} throws.
     */
    public Builder transactions(TransactionBinding manager) {
      this.binding = Objects.requireNonNull(manager, "manager");
      return this;
    }

    /**
     * Hears that something was published, before or after its transaction has committed: the relay
     * of this process, which then looks sooner than at its next poll.
     */
    public Builder hint(Runnable relay) {
      this.hint = Objects.requireNonNull(relay, "relay");
      return this;
    }

    /**
     * Makes the outbox.
     *
     * @throws IllegalArgumentException if there is no topic
     */
    public JooqOutbox build() {
      if (topics.isEmpty()) {
        throw new IllegalArgumentException("topics: 0 (expected: >= 1)");
      }
      return new JooqOutbox(this);
    }
  }

  @Override
  public void publish(Connection connection, Message message) {
    requireKnown(message.topic());
    try {
      Transactions.requireOpen(connection);
      insert(connection, message);
    } catch (SQLException e) {
      throw errors.exception("Publishing to " + message.topic(), e);
    }
    hint.run();
  }

  /**
   * Publishes in a transaction of jOOQ.
   *
   * @param transaction the configuration jOOQ gives inside the transaction
   * @throws IllegalArgumentException if autocommit is on, or this outbox has no such topic
   * @throws SagaStoreException if the database refuses, or the configuration has no connection
   */
  public void publish(Configuration transaction, Message message) {
    Connection connection = transaction.connectionProvider().acquire();
    if (connection == null) {
      throw new SagaStoreException(
          "The jOOQ configuration has no connection: pass the one given inside a transaction",
          SagaStoreException.Kind.PERMANENT,
          null);
    }
    try {
      publish(connection, message);
    } finally {
      transaction.connectionProvider().release(connection);
    }
  }

  @Override
  public void publish(Message message) {
    TransactionBinding manager = binding;
    Connection connection = manager == null ? null : manager.ambient().orElse(null);
    if (manager == null || connection == null) {
      throw new IllegalStateException(
          "publishing to %s: no transaction is active on this thread%s"
              .formatted(
                  message.topic(),
                  manager == null ? ", or none that was given to the builder" : ""));
    }
    publish(connection, message);
    manager.afterCommit(hint);
  }

  private void requireKnown(Topic topic) {
    if (!topic.equals(topics.get(topic.name()))) {
      throw new IllegalArgumentException(
          "topic: %s (expected: one this outbox was built with: %s)"
              .formatted(topic, topics.keySet().stream().sorted().toList()));
    }
  }

  private void insert(Connection connection, Message message) throws SQLException {
    UUID id = UuidCreator.getTimeOrderedEpoch();
    String key = message.key().orElse(null);
    try (PreparedStatement statement = connection.prepareStatement(publish)) {
      new Binds(statement)
          .uuid(id)
          .integer(bucketOf(message.topic().name(), key == null ? id.toString() : key))
          .text(message.topic().name())
          .text(message.topic().order().name())
          .text(key)
          .bytes(message.payload())
          .text(Attributes.write(message.headers()));
      boolean unused = statement.execute();
    }
  }

  /** The same in every version: two relays with a bucket each would each send some of a key. */
  static int bucketOf(String topic, String key) {
    var sum = new CRC32();
    sum.update((topic + '\n' + key).getBytes(StandardCharsets.UTF_8));
    return (int) (sum.getValue() % OutboxStore.BUCKETS);
  }
}
