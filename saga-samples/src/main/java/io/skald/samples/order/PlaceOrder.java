package io.skald.samples.order;

import java.util.List;
import java.util.stream.IntStream;

/**
 * An order as it comes in: the input of all the sagas.
 *
 * @param orderId the order, unique
 * @param customer who pays
 * @param items what is ordered, each product once
 * @param cents what it costs, in cents
 * @param trouble what goes wrong on its way
 */
record PlaceOrder(
    String orderId, String customer, List<OrderItem> items, long cents, Trouble trouble) {
  private static final int PRODUCTS_OF_PARTS = 3;
  private static final int DEPOSIT = 4;
  private static final int PREMIUM = 100;

  PlaceOrder {
    items = List.copyOf(items);
  }

  /**
   * What a card or a wallet is asked for.
   *
   * @param charge the request
   * @param trouble what goes wrong on its way
   */
  record Bill(Messages.Charge charge, Trouble trouble) {}

  /**
   * What goes into one parcel.
   *
   * @param parcel the request
   * @param trouble what goes wrong on its way
   */
  record Part(Messages.ParcelRequest parcel, Trouble trouble) {}

  /** Whether each product is sent in a parcel of its own: from three products on. */
  boolean isInParts() {
    return items.size() >= PRODUCTS_OF_PARTS;
  }

  /** A quarter of the price. */
  Bill deposit() {
    return bill(cents / DEPOSIT);
  }

  /** A hundredth of the price, for a policy. */
  Bill premium() {
    return new Bill(new Messages.Charge(policyId(), customer, cents / PREMIUM), trouble);
  }

  /** The policy that insures it, if one does. */
  String policyId() {
    return policyId(orderId);
  }

  /** The policy that insures that order, if one does. */
  static String policyId(String orderId) {
    return "INS-" + orderId;
  }

  /** So much of the price, in cents. */
  Bill bill(long part) {
    return new Bill(new Messages.Charge(orderId, customer, part), trouble);
  }

  /** All that is held, in one parcel. */
  Part whole(Messages.Reservation held) {
    return part(held, 1, items);
  }

  /** What is held, in a parcel for each product. */
  List<Part> parts(Messages.Reservation held) {
    return IntStream.range(0, items.size())
        .mapToObj(n -> part(held, n + 1, items.subList(n, n + 1)))
        .toList();
  }

  private Part part(Messages.Reservation held, int number, List<OrderItem> contents) {
    List<String> skus = contents.stream().map(OrderItem::sku).toList();
    return new Part(new Messages.ParcelRequest(orderId, held.id(), number, skus), trouble);
  }
}
