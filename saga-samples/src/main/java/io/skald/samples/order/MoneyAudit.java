package io.skald.samples.order;

import io.skald.samples.order.Audit.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether the money is in order, on cards and in wallets: none of it vanished, none is held for
 * ever, and what was taken is what was shipped and insured.
 */
final class MoneyAudit {
  private final Books books;
  private final Map<String, List<Books.Entry>> entries;
  private final Map<String, List<Books.Entry>> holds;

  MoneyAudit(Books books) {
    this.books = books;
    entries = books.entries().stream().collect(Collectors.groupingBy(Books.Entry::orderId));
    holds = books.holds().stream().collect(Collectors.groupingBy(Books.Entry::orderId));
  }

  /** The findings, in order. */
  List<Finding> findings() {
    return List.of(holdsClosed(), walletsConserved(), moneyConserved(), revenue());
  }

  /** What was taken for an order, and not given back. */
  long paid(String id) {
    return signed(entries.getOrDefault(id, List.of())) + signed(holds.getOrDefault(id, List.of()));
  }

  /** How many entries of that kind the cards have of an order. */
  long countOf(String id, String kind) {
    return entries.getOrDefault(id, List.of()).stream()
        .filter(entry -> entry.kind().equals(kind))
        .count();
  }

  private Finding holdsClosed() {
    var violations = new ArrayList<String>();
    for (var order : books.orders().entrySet()) {
      List<Books.Entry> own = holds.getOrDefault(order.getKey(), List.of());
      List<String> kinds = own.stream().map(Books.Entry::kind).sorted().toList();
      if (!expected(order.getKey(), order.getValue()).contains(kinds)) {
        violations.add(order.getKey() + " has in the wallet: " + kinds);
      }
    }
    return new Finding("wallet: held once, confirmed or cancelled once", holds.size(), violations);
  }

  /** What the wallet may have of an order, in alphabetical order. */
  private List<List<String>> expected(String id, Books.Order order) {
    boolean shipped = order.status().equals("SHIPPED");
    if (shipped && Audit.isInParts(books, id)) {
      return List.of(List.of("CONFIRM", "HOLD"));
    }
    return shipped ? List.of(List.of()) : List.of(List.of(), List.of("CANCEL", "HOLD"));
  }

  private Finding walletsConserved() {
    Map<String, Long> taken = new HashMap<>();
    books.holds().forEach(entry -> taken.merge(entry.customer(), signed(entry), Long::sum));
    return new Finding(
        "wallets conserved: at first = balance + confirmed",
        books.wallets().size(),
        books.wallets().stream()
            .filter(
                wallet ->
                    wallet.initial() != wallet.balance() + taken.getOrDefault(wallet.customer(), 0L)
                        || wallet.held() != 0)
            .map(wallet -> "the wallet of " + wallet.customer() + " is off")
            .toList());
  }

  private Finding moneyConserved() {
    Map<String, Long> taken = new HashMap<>();
    books.entries().forEach(entry -> taken.merge(entry.customer(), signed(entry), Long::sum));
    return new Finding(
        "money conserved: limit = balance + paid",
        books.accounts().size(),
        books.accounts().stream()
            .filter(
                card -> card.initial() != card.balance() + taken.getOrDefault(card.customer(), 0L))
            .map(card -> "the card of " + card.customer() + " is off")
            .toList());
  }

  private Finding revenue() {
    long taken = signed(books.entries()) + signed(books.holds());
    List<Books.Order> shipped = Audit.shipped(books);
    long worth = shipped.stream().mapToLong(Books.Order::cents).sum() + premiums();
    return new Finding(
        "money taken = worth of what was shipped + premiums",
        shipped.size(),
        taken == worth ? List.of() : List.of(Money.text(taken) + " is not " + Money.text(worth)));
  }

  private long premiums() {
    return books.policies().values().stream()
        .filter(policy -> policy.status().equals("IN_FORCE"))
        .mapToLong(Books.Policy::cents)
        .sum();
  }

  private static long signed(List<Books.Entry> entries) {
    return entries.stream().mapToLong(MoneyAudit::signed).sum();
  }

  /** What is held is not taken yet. */
  private static long signed(Books.Entry entry) {
    return switch (entry.kind()) {
      case "CHARGE", "CONFIRM" -> entry.cents();
      case "REFUND" -> -entry.cents();
      case "HOLD", "CANCEL" -> 0;
      default -> throw new IllegalArgumentException("kind: " + entry.kind());
    };
  }
}
