package io.skald.samples.order;

import java.util.List;
import java.util.Map;

/**
 * What the three databases say, and nothing else.
 *
 * @param orders orders: the orders by id
 * @param sagas orders: the status of the sagas by order
 * @param shelves inventory: the products
 * @param movements inventory: every movement of stock
 * @param accounts payments: the cards
 * @param entries payments: every movement of money
 */
record Books(
    Map<String, Order> orders,
    Map<String, String> sagas,
    List<Shelf> shelves,
    List<Movement> movements,
    List<Account> accounts,
    List<Entry> entries) {
  Books {
    orders = Map.copyOf(orders);
    sagas = Map.copyOf(sagas);
    shelves = List.copyOf(shelves);
    movements = List.copyOf(movements);
    accounts = List.copyOf(accounts);
    entries = List.copyOf(entries);
  }

  /**
   * An order.
   *
   * @param status {@code OPEN}, {@code SHIPPED} or {@code CANCELLED}
   * @param items what was ordered
   * @param cents what it costs
   */
  record Order(String status, List<OrderItem> items, long cents) {
    Order {
      items = List.copyOf(items);
    }
  }

  /**
   * A product.
   *
   * @param sku the product
   * @param initial how many pieces there were at first
   * @param available how many can be had
   * @param held how many are held for orders
   */
  record Shelf(String sku, long initial, long available, long held) {}

  /**
   * A movement of stock.
   *
   * @param orderId for which order
   * @param kind {@code RESERVE}, {@code RELEASE} or {@code SHIP}
   * @param sku the product
   * @param quantity how many pieces
   */
  record Movement(String orderId, String kind, String sku, long quantity) {}

  /**
   * A card.
   *
   * @param customer whose it is
   * @param initial what it was good for at first, in cents
   * @param balance what it is good for, in cents
   */
  record Account(String customer, long initial, long balance) {}

  /**
   * A movement of money.
   *
   * @param orderId for which order
   * @param kind {@code CHARGE} or {@code REFUND}
   * @param customer whose card
   * @param cents how much
   */
  record Entry(String orderId, String kind, String customer, long cents) {}
}
