package io.skald.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;

/** What the steps of both sides do besides their bookings. */
final class Participant {
  private Participant() {}

  /** A remote step: answers at once, so that what is measured is the record of it. */
  static Booking answer(PlaceOrder order, String step) {
    return new Booking(order.cents() % 1000, step, order.cents());
  }

  /** The last step of a failing saga: inserts, then throws. */
  static Booking refuse(Connection connection, PlaceOrder order) throws SQLException {
    Booking booking = Bookings.insert(connection, order, Work.SHIP);
    throw new IllegalStateException("no carrier for booking of " + booking.cents() + " cents");
  }
}
