package io.skald.store.jooq;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Slot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The slots of what is limited over the fleet. Safe for use by several threads. */
final class FleetSlots {
  /** No slot is ever deleted: a limit that was lowered leaves some that nobody takes. */
  private static final String MAKE =
      """
      insert into skald.saga_slot (limit_name, number)
      select ?, n
      from generate_series(1, ?) n
      on conflict do nothing
      """;

  /** A node whose lease has run out sees no row. */
  private static final String TAKE =
      """
      with free as materialized (
        select s.number
        from skald.saga_slot s
        where s.limit_name = ?
          and s.number <= ?
          and not exists (
            select
            from skald.saga_node n
            where n.id = s.node
              and n.expires_at > (select clock_timestamp()))
          and exists (
            select
            from skald.saga_node n
            where n.id = ?
              and n.expires_at > (select clock_timestamp()))
        order by s.number
        limit 1
        for no key update of s skip locked
      )
      update skald.saga_slot s
      set node = ?, epoch = s.epoch + 1, taken_at = clock_timestamp()
      from free f
      where s.limit_name = ?
        and s.number = f.number
      returning s.number, s.epoch
      """;

  private static final String GIVE =
      """
      update skald.saga_slot
      set node = null, taken_at = null
      where limit_name = ?
        and number = ?
        and node = ?
        and epoch = ?
      """;

  private static final String HELD =
      """
      select limit_name, number, epoch
      from skald.saga_slot
      where node = ?
      order by limit_name, number
      """;

  private final Transactions transactions;
  private final String make;
  private final String take;
  private final String give;
  private final String held;

  /** The limits whose slots are known to be there, with their numbers. */
  private final Set<Made> made = ConcurrentHashMap.newKeySet();

  private record Made(String limit, int slots) {}

  FleetSlots(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.make = text.renderWithCommit(MAKE);
    this.take = text.renderWithCommit(TAKE);
    this.give = text.renderWithCommit(GIVE);
    this.held = text.renderWithCommit(HELD);
  }

  Optional<Slot> take(NodeId node, String limit, int slots) {
    var all = new Made(limit, slots);
    if (!made.contains(all)) {
      transactions.run("Making slots", connection -> make(connection, all));
      made.add(all);
    }
    return transactions.run("Taking a slot", connection -> take(connection, node, all));
  }

  private Optional<Slot> make(Connection connection, Made all) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(make)) {
      new Binds(statement).text(all.limit()).integer(all.slots());
      statement.execute();
      return Optional.empty();
    }
  }

  private Optional<Slot> take(Connection connection, NodeId node, Made all) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      new Binds(statement)
          .text(all.limit())
          .integer(all.slots())
          .uuid(node.value())
          .uuid(node.value())
          .text(all.limit());
      statement.execute();
      try (ResultSet rows = statement.getResultSet()) {
        return rows.next()
            ? Optional.of(new Slot(all.limit(), rows.getInt(1), rows.getLong(2)))
            : Optional.empty();
      }
    }
  }

  void give(NodeId node, Slot slot) {
    var unused =
        transactions.run(
            "Giving a slot back",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(give)) {
                new Binds(statement)
                    .text(slot.limit())
                    .integer(slot.number())
                    .uuid(node.value())
                    .bigint(slot.epoch());
                return statement.execute();
              }
            });
  }

  List<Slot> of(NodeId node) {
    return transactions.run("Reading slots", connection -> of(connection, node));
  }

  private List<Slot> of(Connection connection, NodeId node) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(held)) {
      new Binds(statement).uuid(node.value());
      statement.execute();
      List<Slot> slots = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          slots.add(new Slot(rows.getString(1), rows.getInt(2), rows.getLong(3)));
        }
      }
      return slots;
    }
  }
}
