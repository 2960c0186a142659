package io.skald.chaos;

import io.skald.engine.SagaEngine;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an application asks of a node's engine, and how it keeps book of that: what it was promised
 * is written down for the check, in the same transaction where there is one.
 */
final class Desk {
  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
  private static final String ORDERED =
      """
      insert into ordered (definition, business_key, saga_id, way)
      values (?, ?, ?, ?)
      """;
  private static final String SENT =
      """
      insert into sent (definition, business_key, payload)
      values (?, ?, ?)
      """;
  private static final String COMPLETED =
      """
      insert into completed (token, box, way, accepted)
      values (?, ?, ?, ?)
      """;
  private static final String COMPLAINT =
      """
      insert into complaint (text)
      values (?)
      """;

  private final SagaEngine engine;
  private final Definitions definitions;
  private final DataSource pool;

  Desk(SagaEngine engine, Definitions definitions, DataSource pool) {
    this.engine = engine;
    this.definitions = definitions;
    this.pool = pool;
  }

  /** How something is said to the engine. */
  enum Way {
    /** In the caller's transaction. */
    JOINED,
    /** In one of the engine's own. */
    OWN
  }

  /** In a transaction, which is committed. */
  @FunctionalInterface
  interface Work {
    void run(Connection connection) throws SQLException;
  }

  void inTransaction(Work work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      begin(connection);
      work.run(connection);
      connection.commit();
    }
  }

  /** What is done first would stay by itself if its BEGIN were cancelled. */
  private static void begin(Connection connection) throws SQLException {
    try (Statement nothing = connection.createStatement()) {
      boolean unused = nothing.execute("select 1");
    }
  }

  void start(Connection connection, Way way, String definition, Order order) throws SQLException {
    SagaId id = client(connection, way).start(definitions.named(definition), order).id();
    update(connection, ORDERED, definition, order.id(), id.value(), way.name());
  }

  void approve(Connection connection, Way way, String key, String value) throws SQLException {
    var delivery = definitions.named("delivery");
    client(connection, way).signal(delivery, key, Delivery.APPROVED, value);
    update(connection, SENT, delivery.name(), key, "\"" + value + "\"");
  }

  void complete(Connection connection, Way way, String token, String box) throws SQLException {
    boolean accepted = client(connection, way).complete(definitions.pack(), token, box);
    update(connection, COMPLETED, token, "\"" + box + "\"", way.name(), accepted);
  }

  void fail(Connection connection, Way way, String token) throws SQLException {
    boolean accepted = client(connection, way).fail(token, "the box is broken");
    update(connection, COMPLETED, token, "", way.name(), accepted);
  }

  /** It may be too late for that. */
  void cancel(String definition, String key) {
    engine
        .find(definitions.named(definition), key)
        .ifPresent(
            saga -> {
              try {
                engine.operator().cancel(saga.id(), "customer", "changed their mind");
              } catch (IllegalSagaStateException e) {
                LOG.warn("not cancelled: {}", e.getMessage());
              }
            });
  }

  /** Has the step made again at which a saga is stuck, unless somebody had before. */
  void retry(String definition, String key) {
    engine
        .find(definitions.named(definition), key)
        .ifPresent(
            saga -> {
              try {
                engine.operator().retry(saga.id(), "operator", "undone by hand");
              } catch (IllegalSagaStateException e) {
                LOG.warn("not retried: {}", e.getMessage());
              }
            });
  }

  /** Writes down that the engine did what it never should. */
  void complain(Exception about) throws SQLException {
    inTransaction(connection -> update(connection, COMPLAINT, about.toString()));
  }

  private SagaClient client(Connection connection, Way way) {
    return switch (way) {
      case JOINED -> engine.joining(connection);
      case OWN -> engine;
    };
  }

  static void update(Connection connection, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }
}
