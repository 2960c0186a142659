package io.skald.samples.order;

import java.util.List;
import java.util.Map;

/**
 * What the three databases say, and nothing else.
 *
 * @param orders orders: the orders by id
 * @param sagas orders: the sagas by order, those of an insurance by policy
 * @param approvals orders: what the desk was asked, by order
 * @param policies orders: the policies, by order
 * @param shelves inventory: the products
 * @param movements inventory: every movement of stock
 * @param packings inventory: what was to be packed
 * @param accounts payments: the cards
 * @param entries payments: every movement of money on cards
 * @param wallets payments: the wallets
 * @param holds payments: every entry of the wallets
 */
record Books(
    Map<String, Order> orders,
    Map<String, Saga> sagas,
    Map<String, Approval> approvals,
    Map<String, Policy> policies,
    List<Shelf> shelves,
    List<Movement> movements,
    List<Packing> packings,
    List<Account> accounts,
    List<Entry> entries,
    List<Wallet> wallets,
    List<Entry> holds) {
  Books {
    orders = Map.copyOf(orders);
    sagas = Map.copyOf(sagas);
    approvals = Map.copyOf(approvals);
    policies = Map.copyOf(policies);
    shelves = List.copyOf(shelves);
    movements = List.copyOf(movements);
    packings = List.copyOf(packings);
    accounts = List.copyOf(accounts);
    entries = List.copyOf(entries);
    wallets = List.copyOf(wallets);
    holds = List.copyOf(holds);
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
   * A saga.
   *
   * @param definition what it is an instance of
   * @param status where it stands
   */
  record Saga(String definition, String status) {}

  /**
   * A question to the desk.
   *
   * @param status {@code OPEN}, {@code GRANTED}, {@code REFUSED} or {@code WITHDRAWN}
   * @param sent how many signals the saga was sent
   * @param taken how many of them it took
   */
  record Approval(String status, int sent, int taken) {}

  /**
   * A policy.
   *
   * @param status {@code IN_FORCE} or {@code CANCELLED}
   * @param cents its premium
   */
  record Policy(String status, long cents) {}

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
   * A packing.
   *
   * @param orderId of which order
   * @param state {@code ASKED}, {@code PACKED}, {@code BROKEN} or {@code UNPACKED}
   */
  record Packing(String orderId, String state) {}

  /**
   * A card.
   *
   * @param customer whose it is
   * @param initial what it was good for at first, in cents
   * @param balance what it is good for, in cents
   */
  record Account(String customer, long initial, long balance) {}

  /**
   * A wallet.
   *
   * @param customer whose it is
   * @param initial what was in it at first, in cents
   * @param balance what is in it, in cents
   * @param held what of that is held, in cents
   */
  record Wallet(String customer, long initial, long balance, long held) {}

  /**
   * A movement of money.
   *
   * @param orderId for which order, or for which policy
   * @param kind {@code CHARGE} or {@code REFUND} of a card; {@code HOLD}, {@code CONFIRM} or {@code
   *     CANCEL} of a wallet
   * @param customer whose card or wallet
   * @param cents how much
   */
  record Entry(String orderId, String kind, String customer, long cents) {}
}
