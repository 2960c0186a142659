package io.skald.samples.order;

import io.skald.samples.order.Books.Account;
import io.skald.samples.order.Books.Approval;
import io.skald.samples.order.Books.Entry;
import io.skald.samples.order.Books.Movement;
import io.skald.samples.order.Books.Order;
import io.skald.samples.order.Books.Packing;
import io.skald.samples.order.Books.Policy;
import io.skald.samples.order.Books.Saga;
import io.skald.samples.order.Books.Shelf;
import io.skald.samples.order.Books.Wallet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Books that are in order until a test changes them: one order was shipped and one was compensated
 * after it had been paid, and the same two in parts, dear and insured.
 */
final class BooksDraft {
  static final String SHIPPED = "O-1";
  static final String CANCELLED = "O-2";
  static final String DEAR = "O-3";
  static final String DECLINED = "O-4";

  final Map<String, Order> orders = new HashMap<>();
  final Map<String, Saga> sagas = new HashMap<>();
  final Map<String, Approval> approvals = new HashMap<>();
  final Map<String, Policy> policies = new HashMap<>();
  final List<Shelf> shelves = new ArrayList<>();
  final List<Movement> movements = new ArrayList<>();
  final List<Packing> packings = new ArrayList<>();
  final List<Account> accounts = new ArrayList<>();
  final List<Entry> entries = new ArrayList<>();
  final List<Wallet> wallets = new ArrayList<>();
  final List<Entry> holds = new ArrayList<>();
  final List<String> placed = new ArrayList<>(List.of(SHIPPED, CANCELLED, DEAR, DECLINED));

  BooksDraft() {
    orders.put(SHIPPED, new Order("SHIPPED", List.of(new OrderItem("MUG", 2)), 500));
    orders.put(CANCELLED, new Order("CANCELLED", List.of(new OrderItem("MUG", 1)), 250));
    sagas.put(SHIPPED, whole("COMPLETED"));
    sagas.put(CANCELLED, whole("COMPENSATED"));
    shelves.add(new Shelf("MUG", 10, 8, 0));
    movements.add(new Movement(SHIPPED, "RESERVE", "MUG", 2));
    movements.add(new Movement(SHIPPED, "SHIP", "MUG", 2));
    movements.add(new Movement(CANCELLED, "RESERVE", "MUG", 1));
    movements.add(new Movement(CANCELLED, "RELEASE", "MUG", 1));
    accounts.add(new Account("C-1", 1_000, 500));
    entries.add(new Entry(SHIPPED, "CHARGE", "C-1", 500));
    entries.add(new Entry(CANCELLED, "CHARGE", "C-1", 250));
    entries.add(new Entry(CANCELLED, "REFUND", "C-1", 250));
    inParts();
  }

  private void inParts() {
    orders.put(DEAR, new Order("SHIPPED", List.of(new OrderItem("POT", 1)), 20_000));
    orders.put(DECLINED, new Order("CANCELLED", List.of(new OrderItem("POT", 1)), 20_000));
    sagas.put(DEAR, inParts("COMPLETED"));
    sagas.put(DECLINED, inParts("COMPENSATED"));
    approvals.put(DEAR, new Approval("GRANTED", 1, 1));
    approvals.put(DECLINED, new Approval("GRANTED", 1, 1));
    shelves.add(new Shelf("POT", 10, 9, 0));
    movements.add(new Movement(DEAR, "RESERVE", "POT", 1));
    movements.add(new Movement(DEAR, "SHIP", "POT", 1));
    packings.add(new Packing(DEAR, "PACKED"));
    packings.add(new Packing(DECLINED, "UNPACKED"));
    accounts.add(new Account("C-2", 50_000, 34_800));
    insured();
    entries.add(new Entry(DEAR, "CHARGE", "C-2", 15_000));
    wallets.add(new Wallet("C-2", 7_000, 2_000, 0));
    holds.add(new Entry(DEAR, "HOLD", "C-2", 5_000));
    holds.add(new Entry(DEAR, "CONFIRM", "C-2", 5_000));
    holds.add(new Entry(DECLINED, "HOLD", "C-2", 5_000));
    holds.add(new Entry(DECLINED, "CANCEL", "C-2", 5_000));
  }

  private void insured() {
    policies.put(DEAR, new Policy("IN_FORCE", 200));
    policies.put(DECLINED, new Policy("CANCELLED", 200));
    sagas.put("INS-" + DEAR, new Saga(InsureOrderSaga.NAME, "COMPLETED"));
    sagas.put("INS-" + DECLINED, new Saga(InsureOrderSaga.NAME, "COMPENSATED"));
    entries.add(new Entry("INS-" + DEAR, "CHARGE", "C-2", 200));
    entries.add(new Entry("INS-" + DECLINED, "CHARGE", "C-2", 200));
    entries.add(new Entry("INS-" + DECLINED, "REFUND", "C-2", 200));
  }

  static Saga whole(String status) {
    return new Saga(PlaceOrderSaga.NAME, status);
  }

  static Saga inParts(String status) {
    return new Saga(ShipInPartsSaga.NAME, status);
  }

  Books books() {
    return new Books(
        orders, sagas, approvals, policies, shelves, movements, packings, accounts, entries,
        wallets, holds);
  }

  /** The rules that do not hold. */
  List<String> violated() {
    return Audit.of(books(), placed).stream()
        .filter(finding -> !finding.holds())
        .map(Audit.Finding::rule)
        .toList();
  }
}
