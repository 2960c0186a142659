package io.skald.samples.order;

import java.util.List;

/**
 * An order as it comes in: the input of the saga.
 *
 * @param orderId the order, unique
 * @param customer who pays
 * @param items what is ordered, each product once
 * @param cents what it costs, in cents
 * @param trouble what goes wrong on its way
 */
record PlaceOrder(
    String orderId, String customer, List<OrderItem> items, long cents, Trouble trouble) {
  PlaceOrder {
    items = List.copyOf(items);
  }
}
