package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** The orders service's own table; every write runs in the transaction of the saga's step. */
final class OrderTable {
  static final String DDL =
      """
      create table if not exists customer_order (
        order_id text primary key,
        customer text not null,
        items text not null,
        cents bigint not null,
        status text not null,
        parcels text,
        created_at timestamptz not null default clock_timestamp(),
        closed_at timestamptz,
        constraint customer_order_status_check check (
          status in ('OPEN', 'SHIPPED', 'CANCELLED')));
      """;

  private static final String INSERT =
      """
      insert into customer_order (order_id, customer, items, cents, status)
      values (?, ?, ?, ?, 'OPEN')
      """;

  private static final String CLOSE =
      """
      update customer_order
      set status = ?, parcels = ?, closed_at = clock_timestamp()
      where order_id = ?
        and status = 'OPEN'
      """;

  void insert(Connection connection, PlaceOrder order) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, order.orderId());
      insert.setString(2, order.customer());
      insert.setString(3, OrderFile.itemsText(order.items()));
      insert.setLong(4, order.cents());
      insert.executeUpdate();
    }
  }

  void cancel(Connection connection, String orderId) throws SQLException {
    close(connection, orderId, "CANCELLED", "");
  }

  void ship(Connection connection, String orderId, List<Messages.Parcel> parcels)
      throws SQLException {
    String ids = parcels.stream().map(Messages.Parcel::id).collect(Collectors.joining(" "));
    close(connection, orderId, "SHIPPED", ids);
  }

  /** An order is closed once: a second close is a fault that must not go unseen. */
  private static void close(Connection connection, String orderId, String status, String parcels)
      throws SQLException {
    try (PreparedStatement close = connection.prepareStatement(CLOSE)) {
      close.setString(1, status);
      close.setString(2, parcels);
      close.setString(3, orderId);
      if (close.executeUpdate() != 1) {
        throw new IllegalStateException("order " + orderId + " is not open");
      }
    }
  }
}
