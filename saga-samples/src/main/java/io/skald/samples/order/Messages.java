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
   * Asks inventory to pack an order, and to say so.
   *
   * @param orderId which order
   * @param token what to say it with; a secret
   */
  record PackingRequest(String orderId, String token) {}

  /**
   * An order that is packed: the result of step {@code pack-order}.
   *
   * @param id the packing, which is the key it was asked for with
   */
  record Packing(String id) {}

  /**
   * Says what has become of a packing.
   *
   * @param token what it was asked for with; a secret
   * @param packingId which packing
   * @param problem why the order is not packed and will not be, or empty
   */
  record Completion(String token, String packingId, String problem) {}

  /**
   * Asks inventory to send off what is held, or a part of it.
   *
   * @param orderId for which order
   * @param reservationId what it is held under
   * @param number the number of the parcel, from 1
   * @param skus which products to send off
   */
  record ParcelRequest(String orderId, String reservationId, int number, List<String> skus) {
    ParcelRequest {
      skus = List.copyOf(skus);
    }
  }

  /**
   * A parcel on its way: the result of step {@code ship-parcel}.
   *
   * @param id the parcel
   */
  record Parcel(String id) {}

  /**
   * Asks payments for money.
   *
   * @param orderId for which order, or for which policy
   * @param customer whose card or wallet
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

  /**
   * Money held in a wallet: the result of the try of step {@code hold-deposit}.
   *
   * @param id the hold, which is the key it was asked for with
   * @param cents how much, in cents
   */
  record Hold(String id, long cents) {}

  /**
   * What the desk says to an order, and what the saga is told of it.
   *
   * @param orderId which order
   * @param verdict whether it may go on
   */
  record Decision(String orderId, Verdict verdict) {}

  /** Whether an order may go on. */
  enum Verdict {
    /** It may. */
    GRANTED,
    /** It may not. */
    REFUSED
  }
}
