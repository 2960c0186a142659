package io.skald.samples.order;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the books are in order: every order shipped, paid and reserved, or fully compensated;
 * money and stock conserved over the services; nothing left running.
 */
final class Audit {
  private static final Map<String, String> ORDER_OF_SAGA =
      Map.of("COMPLETED", "SHIPPED", "COMPENSATED", "CANCELLED");

  private static final Books.Saga NO_SAGA = new Books.Saga("none", "missing");

  private final Books books;
  private final Collection<String> placed;
  private final MoneyAudit money;
  private final Map<String, List<Books.Movement>> movements;

  private Audit(Books books, Collection<String> placed) {
    this.books = books;
    this.placed = placed;
    money = new MoneyAudit(books);
    movements = books.movements().stream().collect(Collectors.groupingBy(Books.Movement::orderId));
  }

  /**
   * The result of one check.
   *
   * @param rule what must hold
   * @param checked of how many things
   * @param violations where it does not, in plain words
   */
  record Finding(String rule, int checked, List<String> violations) {
    Finding {
      violations = List.copyOf(violations);
    }

    boolean holds() {
      return violations.isEmpty();
    }
  }

  /**
   * Checks the books.
   *
   * @param placed the orders that were placed
   */
  static List<Finding> of(Books books, Collection<String> placed) {
    var audit = new Audit(books, placed);
    var findings = new ArrayList<Finding>();
    findings.add(audit.arrived());
    findings.add(audit.ended());
    findings.add(audit.agreed());
    findings.add(ApprovalAudit.of(books));
    findings.add(InsuranceAudit.of(books, audit.money));
    findings.add(PackingAudit.of(books));
    findings.add(audit.shippedPaid());
    findings.add(audit.shippedLeft());
    findings.add(audit.cancelledUnpaid());
    findings.add(audit.cancelledReleased());
    findings.add(audit.stockConserved());
    findings.addAll(audit.money.findings());
    return List.copyOf(findings);
  }

  private Finding arrived() {
    var unexpected = new TreeSet<>(books.orders().keySet());
    books.entries().forEach(entry -> unexpected.add(entry.orderId()));
    books.holds().forEach(entry -> unexpected.add(entry.orderId()));
    books.packings().forEach(packing -> unexpected.add(packing.orderId()));
    unexpected.addAll(movements.keySet());
    unexpected.addAll(books.policies().keySet());
    placed.forEach(unexpected::remove);
    placed.forEach(id -> unexpected.remove(PlaceOrder.policyId(id)));
    Stream<String> missing = placed.stream().filter(id -> !books.orders().containsKey(id));
    return new Finding(
        "every order placed is there, and no other",
        placed.size(),
        Stream.concat(
                missing.map(id -> id + " is missing"),
                unexpected.stream().map(id -> id + " was never placed"))
            .toList());
  }

  private Finding ended() {
    return new Finding(
        "no saga is left running or stuck",
        books.sagas().size(),
        books.sagas().entrySet().stream()
            .filter(saga -> !ORDER_OF_SAGA.containsKey(saga.getValue().status()))
            .map(saga -> "the saga of " + saga.getKey() + " is " + saga.getValue().status())
            .toList());
  }

  private Finding agreed() {
    var violations = new ArrayList<String>();
    books
        .orders()
        .forEach(
            (id, order) -> {
              String saga = books.sagas().getOrDefault(id, NO_SAGA).status();
              if (!order.status().equals(ORDER_OF_SAGA.get(saga))) {
                violations.add("%s is %s, its saga %s".formatted(id, order.status(), saga));
              }
            });
    return new Finding(
        "order and saga agree: shipped or compensated", books.orders().size(), violations);
  }

  private Finding shippedPaid() {
    return ofOrders(
        "SHIPPED",
        "shipped: paid once, in full",
        (id, order) -> {
          long charges = money.countOf(id, "CHARGE");
          long refunds = money.countOf(id, "REFUND");
          return charges == 1 && refunds == 0 && money.paid(id) == order.cents()
              ? ""
              : "%s costs %s and was charged %d times, refunded %d times, %s in all"
                  .formatted(
                      id, Money.text(order.cents()), charges, refunds, Money.text(money.paid(id)));
        });
  }

  private Finding shippedLeft() {
    return ofOrders(
        "SHIPPED",
        "shipped: reserved and sent, just what was ordered",
        (id, order) -> {
          Map<String, Long> ordered = new HashMap<>();
          order.items().forEach(item -> ordered.put(item.sku(), (long) item.quantity()));
          return moved(id, "RESERVE").equals(ordered)
                  && moved(id, "SHIP").equals(ordered)
                  && moved(id, "RELEASE").isEmpty()
              ? ""
              : id + " is not what left the shelves: " + moved(id, "SHIP");
        });
  }

  private Finding cancelledUnpaid() {
    return ofOrders(
        "CANCELLED",
        "compensated: no money kept",
        (id, order) -> money.paid(id) == 0 ? "" : id + " still has " + Money.text(money.paid(id)));
  }

  private Finding cancelledReleased() {
    return ofOrders(
        "CANCELLED",
        "compensated: no stock held or sent",
        (id, order) ->
            moved(id, "RESERVE").equals(moved(id, "RELEASE")) && moved(id, "SHIP").isEmpty()
                ? ""
                : id + " still has stock: " + moved(id, "RESERVE"));
  }

  private Finding stockConserved() {
    var violations = new ArrayList<String>();
    for (Books.Shelf shelf : books.shelves()) {
      long reserved = pieces(shelf.sku(), "RESERVE");
      long released = pieces(shelf.sku(), "RELEASE");
      long shipped = pieces(shelf.sku(), "SHIP");
      boolean holds =
          shelf.available() == shelf.initial() - reserved + released
              && shelf.held() == reserved - released - shipped
              && shelf.held() == 0;
      if (!holds) {
        violations.add(
            "%s: %d at first, %d available, %d held, %d sent"
                .formatted(shelf.sku(), shelf.initial(), shelf.available(), shelf.held(), shipped));
      }
    }
    return new Finding(
        "stock conserved: at first = available + sent", books.shelves().size(), violations);
  }

  /** Whether the order is one that is sent in parts. */
  static boolean isInParts(Books books, String id) {
    return books.sagas().getOrDefault(id, NO_SAGA).definition().equals(ShipInPartsSaga.NAME);
  }

  static List<Books.Order> shipped(Books books) {
    return books.orders().values().stream()
        .filter(order -> order.status().equals("SHIPPED"))
        .toList();
  }

  /** Says what is wrong with an order, or nothing. */
  @FunctionalInterface
  private interface Rule {
    String violation(String id, Books.Order order);
  }

  private Finding ofOrders(String status, String name, Rule rule) {
    var violations = new ArrayList<String>();
    int checked = 0;
    for (var order : books.orders().entrySet()) {
      if (order.getValue().status().equals(status)) {
        checked++;
        String violation = rule.violation(order.getKey(), order.getValue());
        if (!violation.isEmpty()) {
          violations.add(violation);
        }
      }
    }
    return new Finding(name, checked, violations);
  }

  private Map<String, Long> moved(String id, String kind) {
    return movements.getOrDefault(id, List.of()).stream()
        .filter(movement -> movement.kind().equals(kind))
        .collect(
            Collectors.groupingBy(
                Books.Movement::sku, Collectors.summingLong(Books.Movement::quantity)));
  }

  private long pieces(String sku, String kind) {
    return books.movements().stream()
        .filter(movement -> movement.sku().equals(sku) && movement.kind().equals(kind))
        .mapToLong(Books.Movement::quantity)
        .sum();
  }
}
