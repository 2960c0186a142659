package io.skald.store.jooq;

import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxPage;
import io.skald.saga.participant.Topic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Reads what is to be sent. What another message holds up is put aside as it is met, so that the
 * next look need not pass over it, however much there is; and what cannot be read is parked, so
 * that it holds up nothing but its own key.
 */
final class PendingMessages {
  /** How often in a row at most: 5 times. Whoever is in the way is locked meanwhile. */
  private static final int LOOKS_MAX = 5;

  private final Transactions transactions;
  private final String pending;
  private final String hold;
  private final String park;

  PendingMessages(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.pending = text.render(PlanOnce.SETTINGS + OutboxSql.PENDING);
    this.hold = text.render(OutboxSql.HOLD);
    this.park = text.render(OutboxSql.FAIL + ";\n" + OutboxSql.RELEASE);
  }

  /**
   * What a look found.
   *
   * @param free what can be sent
   * @param held the buckets in which another message holds some up
   * @param unreadable of each topic and key the first that this version cannot read, which may hold
   *     the others up
   */
  private record Look(
      List<OutboxMessage> free, Set<Integer> held, Map<String, Unreadable> unreadable) {
    boolean isClear() {
      return held.isEmpty() && unreadable.isEmpty();
    }
  }

  private record Unreadable(long position, String error) {}

  OutboxPage read(Map<Integer, Integer> rooms, Collection<Long> loaded, long bytesMax) {
    return transactions.run(
        "Reading pending messages",
        connection -> {
          Look look = look(connection, rooms, loaded, bytesMax);
          // whoever is in the way may be locked, and then nobody can be put aside
          boolean isMore = !look.isClear() && putAside(connection, look);
          for (int looks = 1; isMore && looks < LOOKS_MAX; looks++) {
            look = look(connection, rooms, loaded, bytesMax);
            isMore = !look.isClear() && putAside(connection, look);
          }
          return new OutboxPage(look.free(), isMore);
        });
  }

  private boolean putAside(Connection connection, Look look) throws SQLException {
    for (Unreadable one : look.unreadable().values()) {
      park(connection, one);
    }
    return hold(connection, look.held()) > 0 || !look.unreadable().isEmpty();
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
      var look = new Look(new ArrayList<>(), new HashSet<>(), new HashMap<>());
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          take(rows, look);
        }
      }
      return look;
    }
  }

  private static void take(ResultSet row, Look look) throws SQLException {
    if (row.getBoolean("is_held")) {
      look.held().add(row.getInt("bucket"));
      return;
    }
    try {
      look.free().add(message(row));
    } catch (IllegalArgumentException e) {
      var one = new Unreadable(row.getLong("position"), "unreadable: " + e.getMessage());
      look.unreadable().putIfAbsent(lineOf(row), one);
    }
  }

  /** A topic and a key, or a message that stands alone. */
  private static String lineOf(ResultSet row) throws SQLException {
    String key = row.getString("key");
    return key == null || row.getString("ordering").equals(Topic.Order.NONE.name())
        ? row.getString("position")
        : row.getString("topic") + " " + key;
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

  private int hold(Connection connection, Set<Integer> buckets) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(hold)) {
      new Binds(statement).integers(List.copyOf(buckets), bucket -> bucket);
      return statement.executeUpdate();
    }
  }

  private void park(Connection connection, Unreadable message) throws SQLException {
    StoreLog.unreadable(message.position(), message.error());
    try (PreparedStatement statement = connection.prepareStatement(park)) {
      new Binds(statement)
          .text(message.error())
          .bigint(message.position())
          .bigints(List.of(message.position()), position -> position);
      statement.execute();
    }
  }
}
