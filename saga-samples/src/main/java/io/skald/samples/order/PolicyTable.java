package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The policies of what is dear, in the database of the orders service. */
final class PolicyTable {
  static final String DDL =
      """
      create table if not exists policy (
        order_id text primary key,
        policy_id text not null,
        premium_cents bigint not null,
        status text not null,
        opened_at timestamptz not null default clock_timestamp(),
        closed_at timestamptz,
        constraint policy_status_check check (status in ('IN_FORCE', 'CANCELLED')));
      """;

  private static final String INSERT =
      """
      insert into policy (order_id, policy_id, premium_cents, status)
      values (?, ?, ?, 'IN_FORCE')
      """;

  private static final String CANCEL =
      """
      update policy
      set status = 'CANCELLED', closed_at = clock_timestamp()
      where order_id = ?
        and status = 'IN_FORCE'
      """;

  void open(Connection connection, PlaceOrder order) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, order.orderId());
      insert.setString(2, order.policyId());
      insert.setLong(3, order.premium().charge().cents());
      insert.executeUpdate();
    }
  }

  /** A policy is cancelled once: a second time is a fault that must not go unseen. */
  void cancel(Connection connection, String orderId) throws SQLException {
    try (PreparedStatement cancel = connection.prepareStatement(CANCEL)) {
      cancel.setString(1, orderId);
      if (cancel.executeUpdate() != 1) {
        throw new IllegalStateException("no policy of order " + orderId + " is in force");
      }
    }
  }
}
