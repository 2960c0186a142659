package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the desk is asked and has answered, in the database of the orders service. */
final class ApprovalTable {
  static final String DDL =
      """
      create table if not exists approval (
        order_id text primary key,
        cents bigint not null,
        status text not null,
        asked_at timestamptz not null default clock_timestamp(),
        closed_at timestamptz,
        constraint approval_status_check check (
          status in ('OPEN', 'GRANTED', 'REFUSED', 'WITHDRAWN')));
      create index if not exists approval_asked_at_idx
        on approval (asked_at) where status = 'OPEN';
      """;

  private static final String INSERT =
      """
      insert into approval (order_id, cents, status)
      values (?, ?, 'OPEN')
      """;

  private static final String CLOSE =
      """
      update approval
      set status = ?, closed_at = clock_timestamp()
      where order_id = ?
        and status = 'OPEN'
      """;

  private static final String STATUS =
      """
      select status
      from approval
      where order_id = ?
      """;

  /** By approval_asked_at_idx. */
  private static final String OPEN =
      """
      select order_id
      from approval
      where status = 'OPEN'
      order by asked_at
      limit 200
      """;

  void ask(Connection connection, PlaceOrder order) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, order.orderId());
      insert.setLong(2, order.cents());
      insert.executeUpdate();
    }
  }

  /** Takes the question back, if the desk has not answered it. */
  void withdraw(Connection connection, String orderId) throws SQLException {
    close(connection, orderId, "WITHDRAWN");
  }

  /** Records the answer; false if there is one already, or it comes too late. */
  boolean decide(Connection connection, Messages.Decision decision) throws SQLException {
    return close(connection, decision.orderId(), decision.verdict().name());
  }

  /** Where the question stands, if it was asked. */
  Optional<String> status(Connection connection, String orderId) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(STATUS)) {
      select.setString(1, orderId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** The orders that wait for an answer, the longest first; at most 200. */
  List<String> open(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(OPEN);
        ResultSet rows = select.executeQuery()) {
      var open = new ArrayList<String>();
      while (rows.next()) {
        open.add(rows.getString(1));
      }
      return open;
    }
  }

  private static boolean close(Connection connection, String orderId, String status)
      throws SQLException {
    try (PreparedStatement close = connection.prepareStatement(CLOSE)) {
      close.setString(1, status);
      close.setString(2, orderId);
      return close.executeUpdate() == 1;
    }
  }
}
