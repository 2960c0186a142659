package io.skald.messaging;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import io.skald.store.jooq.JooqOutbox;
import java.sql.Connection;
import java.sql.Statement;

/** Publishes one message, and stands still before the COMMIT of the next, to be killed there. */
final class PublisherMain {
  /** What it says when it stands still. */
  static final String STANDS = "published, and not committed";

  private PublisherMain() {}

  /** The address of the database, the schema, the topic and the key. */
  public static void main(String[] arguments) throws Exception {
    var config = new HikariConfig();
    config.setJdbcUrl(arguments[0]);
    String schema = arguments[1];
    Topic topic = Topic.ordered(arguments[2]);
    String key = arguments[3];
    JooqOutbox outbox = JooqOutbox.builder().schema(schema).topic(topic).build();
    try (var pool = new HikariDataSource(config);
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int number = 0; number < 2; number++) {
        statement.executeUpdate(
            "insert into %s.published values ('%s', %d)".formatted(schema, key, number));
        outbox.publish(connection, Message.of(topic, key, String.valueOf(number)));
        if (number == 1) {
          System.out.println(STANDS);
          Thread.currentThread().join();
        }
        connection.commit();
      }
    }
  }
}
