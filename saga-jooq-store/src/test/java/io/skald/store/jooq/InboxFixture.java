package io.skald.store.jooq;

import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** A database with an inbox, whose work writes rows that may be there many times. */
final class InboxFixture implements AutoCloseable {
  static final Delivery M1 = delivery("m1");
  static final Delivery OTHER_M1 = Delivery.of("billing", "m1", bytes("something else"));

  final TestDatabase database = TestDatabase.migrated();
  final JooqInbox inbox = inbox(database.pool());

  static Delivery delivery(String id) {
    return Delivery.of("billing", id, bytes("body of " + id));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  JooqInbox inbox(DataSource pool) {
    return builder(pool).build();
  }

  JooqInbox.Builder builder(DataSource pool) {
    return JooqInbox.builder(SeededSqlBug.seededIn(pool))
        .schema(database.schema())
        .migration(Migration.NONE);
  }

  void write(Inbox.Tx tx, String text) {
    write(tx.connection(), text);
  }

  void write(Connection connection, String text) {
    String insert = "insert into " + database.schema() + ".business values (?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, UUID.randomUUID().toString());
      statement.setString(2, text);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  List<String> written() {
    List<String> written = new ArrayList<>();
    String select = "select note from " + database.schema() + ".business";
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        written.add(rows.getString(1));
      }
      return written;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Time goes by in a moment: to nothing else does the database compare its clock. */
  void elapse(Duration duration) {
    database.execute(
        "update %s.saga_inbox set received_at = received_at - interval 'MILLIS milliseconds'"
            .replace("MILLIS", String.valueOf(duration.toMillis())));
  }

  /** Waits until somebody waits for a transaction that has a message in hand. */
  void awaitWaiting() {
    TestDatabase.await(
        () ->
            !database
                .value(
                    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query"
                        + " like '%\"%s\".saga_inbox%'")
                .equals("0"));
  }

  @Override
  public void close() {
    database.close();
  }
}
