package io.skald.store.jooq;

import io.skald.engine.spi.OutboxMessage;
import io.skald.saga.participant.Topic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Reads what is to be sent. What another message holds up is put aside as it is met, so that the
 * next look need not pass over it, however much there is.
 */
final class PendingMessages {
  /** How often in a row at most; the next look goes on: 20 times. */
  private static final int LOOKS_MAX = 20;

  private final Transactions transactions;
  private final String pending;
  private final String hold;

  PendingMessages(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.pending = text.render(PlanOnce.SETTINGS + OutboxSql.PENDING);
    this.hold = text.render(OutboxSql.HOLD);
  }

  /** What a look found: what can be sent, and what another one holds up. */
  private record Look(List<OutboxMessage> free, List<Long> held) {}

  List<OutboxMessage> read(Map<Integer, Integer> rooms, Collection<Long> loaded, long bytesMax) {
    return transactions.run(
        "Reading pending messages",
        connection -> {
          Look look = look(connection, rooms, loaded, bytesMax);
          for (int looks = 1; !look.held().isEmpty() && looks < LOOKS_MAX; looks++) {
            hold(connection, look.held());
            look = look(connection, rooms, loaded, bytesMax);
          }
          return look.free();
        });
  }

  private Look look(
      Connection connection, Map<Integer, Integer> rooms, Collection<Long> loaded, long bytesMax)
      throws SQLException {
    List<Map.Entry<Integer, Integer>> buckets = List.copyOf(rooms.entrySet());
    List<Long> positions = List.copyOf(loaded);
    try (PreparedStatement statement = connection.prepareStatement(pending)) {
      new Binds(statement)
          .integers(buckets, Map.Entry::getKey)
          .integers(buckets, Map.Entry::getValue)
          .bigints(positions, position -> position)
          .bigints(positions, position -> position)
          .bigint(bytesMax);
      PlanOnce.execute(statement);
      var look = new Look(new ArrayList<>(), new ArrayList<>());
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          if (rows.getBoolean("is_held")) {
            look.held().add(rows.getLong("position"));
          } else {
            look.free().add(message(rows));
          }
        }
      }
      return look;
    }
  }

  private static OutboxMessage message(ResultSet row) throws SQLException {
    return new OutboxMessage(
        row.getLong("position"),
        row.getObject("id", UUID.class),
        row.getInt("bucket"),
        new Topic(row.getString("topic"), Topic.Order.valueOf(row.getString("ordering"))),
        row.getString("key"),
        row.getBytes("payload"),
        Attributes.read(row.getArray("headers")),
        row.getInt("attempts"),
        row.getObject("created_at", OffsetDateTime.class).toInstant());
  }

  private void hold(Connection connection, List<Long> positions) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(hold)) {
      new Binds(statement).bigints(positions, position -> position);
      statement.executeUpdate();
    }
  }
}
