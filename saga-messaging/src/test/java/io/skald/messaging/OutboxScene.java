package io.skald.messaging;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.OutboxStore;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import io.skald.store.jooq.JooqOutbox;
import io.skald.store.jooq.JooqOutboxStore;
import io.skald.store.jooq.PostgresServer;
import io.skald.store.jooq.SkaldSchema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** An outbox in a schema of its own on real PostgreSQL, and relays that are closed with it. */
final class OutboxScene implements AutoCloseable {
  static final Topic STRICT = Topic.ordered("strict");
  static final Topic SKIPPING = Topic.ordered("skipping").skipping();
  static final Topic NONE = Topic.unordered("none");

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private final String schema = "outbox_" + SCHEMAS.incrementAndGet();
  private final HikariDataSource pool;
  private final JooqOutbox outbox;
  private final List<Relay> relays = new CopyOnWriteArrayList<>();

  /** The server of all tests, started when it is first needed. */
  private static final class Server {
    static final PostgresServer INSTANCE =
        PostgresServer.start(Map.of("max_connections", "200", "synchronous_commit", "off"));
  }

  /** Where its databases are, for others as well. */
  static String url() {
    return Server.INSTANCE.url("postgres", "postgres");
  }

  OutboxScene() {
    var config = new HikariConfig();
    config.setJdbcUrl(url());
    config.setMaximumPoolSize(40);
    config.setMinimumIdle(0);
    this.pool = new HikariDataSource(config);
    new SkaldSchema(pool, schema).migrate();
    this.outbox =
        JooqOutbox.builder().schema(schema).topic(STRICT).topic(SKIPPING).topic(NONE).build();
  }

  /** Impatient, so that tests are quick. */
  static RelayOptions options() {
    return RelayOptions.defaults()
        .withPollInterval(Duration.ofMillis(50))
        .withLease(Duration.ofSeconds(2), Duration.ofMillis(300))
        .withShutdownTimeout(Duration.ofSeconds(2));
  }

  String schema() {
    return schema;
  }

  OutboxStore store() {
    return JooqOutboxStore.of(pool, schema);
  }

  Relay open(Transport transport) {
    return open(store(), transport, options());
  }

  Relay open(OutboxStore store, Transport transport, RelayOptions options) {
    Relay relay = Relay.builder(store, transport).options(options).build();
    relays.add(relay);
    relay.open();
    return relay;
  }

  Connection begin() throws SQLException {
    Connection connection = pool.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  void publish(Connection connection, Topic topic, String key, String payload) {
    outbox.publish(connection, Message.of(topic, key, payload));
  }

  /** Each in a transaction of its own. */
  void publish(Topic topic, String key, String... payloads) throws SQLException {
    try (Connection connection = begin()) {
      for (String payload : payloads) {
        publish(connection, topic, key, payload);
        connection.commit();
      }
    }
  }

  /** As an operator does who looks at it in a transaction. */
  void lock(Connection connection, String payload) throws SQLException {
    connection
        .createStatement()
        .execute(
            "select from %s.saga_outbox where payload = '%s'::bytea for update"
                .formatted(schema, payload));
  }

  String value(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.replace("%s", schema))) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", schema));
    }
  }

  int count(String status) {
    return Integer.parseInt(
        value("select count(*) from %s.saga_outbox where status = '" + status + "'"));
  }

  void awaitSent(int messages) {
    await("all are sent").until(() -> count("SENT") == messages);
  }

  static ConditionFactory await(String what) {
    return Awaitility.await(what)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20));
  }

  /** Numbered payloads. */
  static String[] numbers(int count) {
    var numbers = new ArrayList<String>();
    for (int number = 0; number < count; number++) {
      numbers.add(String.valueOf(number));
    }
    return numbers.toArray(String[]::new);
  }

  @Override
  public void close() throws SQLException {
    relays.forEach(Relay::close);
    execute("drop schema %s cascade");
    pool.close();
  }
}
