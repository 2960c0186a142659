package io.skald.chaos;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import io.skald.store.jooq.JooqInbox;
import io.skald.store.jooq.Migration;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/** A process that receives one message. */
public final class InboxNode {
  private InboxNode() {}

  static Inbox inbox(DataSource pool) {
    return JooqInbox.builder(pool).migration(Migration.NONE).build();
  }

  /** Receives a message whose effect is a row that may be there many times. */
  static Receipt receive(Inbox inbox, String id) throws SQLException {
    return inbox.once(delivery(id), tx -> effect(tx, id));
  }

  static Delivery delivery(String id) {
    return Delivery.of("billing", id, id.getBytes(StandardCharsets.UTF_8));
  }

  static void effect(Inbox.Tx tx, String id) throws SQLException {
    try (PreparedStatement insert =
        tx.connection()
            .prepareStatement("insert into effect values (gen_random_uuid(), ?, 'ACTION')")) {
      insert.setString(1, id);
      insert.executeUpdate();
    }
  }

  /** Runs one; arguments: JDBC URL, id of the message. */
  public static void main(String[] arguments) throws SQLException {
    try (HikariDataSource pool = TestDatabase.pool(arguments[0])) {
      System.out.println(receive(inbox(pool), arguments[1]));
    }
  }
}
