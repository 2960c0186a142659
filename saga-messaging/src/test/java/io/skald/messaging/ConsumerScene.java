package io.skald.messaging;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.Retry;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.Inbox;
import io.skald.store.jooq.JooqDeadLetters;
import io.skald.store.jooq.JooqInbox;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A consumer's database in a schema of its own on real PostgreSQL, with a table of what was
 * handled, which bears everything twice; and consumers that are closed with it.
 */
final class ConsumerScene implements AutoCloseable {
  static final String NAME = "billing";

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  /** The same number in each process: a child finds the schema by its name. */
  final String schema;

  final JooqInbox inbox;
  final JooqDeadLetters deadLetters;
  private final HikariDataSource pool;
  private final List<Consumer> consumers = new CopyOnWriteArrayList<>();

  ConsumerScene() {
    this(OutboxScene.url(), "consumer_" + SCHEMAS.incrementAndGet());
    execute(
        "create table %s.handled (number bigint generated always as identity, id text, key text,"
            + " payload text)");
  }

  /** One that is there already. */
  ConsumerScene(String url, String schema) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(20);
    config.setMinimumIdle(0);
    this.pool = new HikariDataSource(config);
    this.schema = schema;
    this.inbox = JooqInbox.builder(pool).schema(schema).build();
    this.deadLetters = JooqDeadLetters.builder(pool).schema(schema).build();
  }

  /** Impatient, so that tests are quick. */
  Consumer.Builder consumer() {
    return consumer(inbox);
  }

  Consumer.Builder consumer(Inbox other) {
    return Consumer.named(NAME, other, deadLetters)
        .retry(Retry.exponential(Duration.ofMillis(10)).attemptsMax(3))
        .pollInterval(Duration.ofMillis(50));
  }

  /** Opens it, and closes it in the end. */
  Consumer open(Consumer.Builder builder, Source source) {
    Consumer consumer = builder.build();
    consumers.add(consumer);
    consumer.open(source);
    return consumer;
  }

  static String text(ReceivedMessage message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }

  /** What a handler does: a row, in the transaction of its message. */
  void write(ReceivedMessage message, Inbox.Tx tx) throws SQLException {
    String insert = "insert into " + schema + ".handled (id, key, payload) values (?, ?, ?)";
    try (PreparedStatement statement = tx.connection().prepareStatement(insert)) {
      statement.setString(1, message.id());
      statement.setString(2, message.keyOrNull());
      statement.setString(3, text(message));
      statement.executeUpdate();
    }
  }

  /** The payloads that were handled, in that order. */
  List<String> handled() {
    return rows("select payload from %s.handled order by number");
  }

  /** Those of a key. */
  List<String> handled(String key) {
    return rows("select payload from %s.handled where key = '" + key + "' order by number");
  }

  List<String> rows(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.replace("%s", schema))) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", schema));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  List<DeadLetter> dead() {
    return deadLetters.find(NAME, DeadLetter.Status.DEAD, 0, 100);
  }

  void awaitHandled(int messages) {
    OutboxScene.await("they are handled").until(() -> handled().size() == messages);
  }

  @Override
  public void close() {
    consumers.forEach(Consumer::close);
    execute("drop schema %s cascade");
    pool.close();
  }
}
