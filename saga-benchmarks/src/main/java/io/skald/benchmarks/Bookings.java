package io.skald.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The business code of both sides: one table, one insert, one update. */
final class Bookings {
  static final String CREATE =
      """
      drop schema if exists shop cascade;
      create schema shop;
      create table shop.booking (
        id bigint generated always as identity primary key,
        order_id text not null,
        step text not null,
        customer text not null,
        cents bigint not null,
        cancelled boolean not null default false,
        created_at timestamptz not null default now()
      );
      """;

  private static final String INSERT =
      """
      insert into shop.booking (order_id, step, customer, cents)
      values (?, ?, ?, ?)
      returning id
      """;

  private static final String CANCEL =
      """
      update shop.booking
      set cancelled = true
      where id = ?
      """;

  private Bookings() {}

  static Booking insert(Connection connection, PlaceOrder order, String step) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      statement.setString(1, order.orderId());
      statement.setString(2, step);
      statement.setString(3, order.customer());
      statement.setLong(4, order.cents());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Booking(row.getLong(1), step, order.cents());
      }
    }
  }

  static void cancel(Connection connection, Booking booking) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CANCEL)) {
      statement.setLong(1, booking.id());
      statement.executeUpdate();
    }
  }
}
