package io.skald.samples.order;

import java.util.List;

/** What the services say to each other, as JSON. */
final class Messages {
  private Messages() {}

  /**
   * Asks inventory to hold stock.
   *
   * @param orderId for which order
   * @param items what to hold
   */
  record StockRequest(String orderId, List<OrderItem> items) {
    StockRequest {
      items = List.copyOf(items);
    }
  }

  /**
   * Stock that is held: the result of step {@code reserve-stock}.
   *
   * @param id the reservation, which is the key it was asked for with
   */
  record Reservation(String id) {}

  /**
   * Asks inventory to send off what is held.
   *
   * @param orderId for which order
   * @param reservationId what to send off
   */
  record ParcelRequest(String orderId, String reservationId) {}

  /**
   * A parcel on its way: the result of step {@code ship-parcel}.
   *
   * @param id the parcel
   */
  record Parcel(String id) {}

  /**
   * Asks payments for money: the input of step {@code charge-card}.
   *
   * @param orderId for which order
   * @param customer whose card
   * @param cents how much, in cents
   */
  record Charge(String orderId, String customer, long cents) {}

  /**
   * Money taken: the result of step {@code charge-card}.
   *
   * @param id the payment, which is the key it was asked for with
   * @param cents how much, in cents
   */
  record Payment(String id, long cents) {}
}
