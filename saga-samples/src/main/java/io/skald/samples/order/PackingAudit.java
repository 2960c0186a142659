package io.skald.samples.order;

import io.skald.samples.order.Audit.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether just the orders that were shipped in parts are packed, each of them once. */
final class PackingAudit {
  private PackingAudit() {}

  static Finding of(Books books) {
    Map<String, List<String>> packings =
        books.packings().stream()
            .collect(
                Collectors.groupingBy(
                    Books.Packing::orderId,
                    Collectors.mapping(Books.Packing::state, Collectors.toList())));
    var violations = new ArrayList<String>();
    for (var order : books.orders().entrySet()) {
      String id = order.getKey();
      List<String> own = packings.getOrDefault(id, List.of());
      if (!allowed(order.getValue(), Audit.isInParts(books, id)).contains(own)) {
        violations.add("%s is %s, with packings %s".formatted(id, order.getValue().status(), own));
      }
    }
    return new Finding(
        "packing: once if shipped in parts, else none left", books.packings().size(), violations);
  }

  /** What there may be of an order: one packing at the most. */
  private static List<List<String>> allowed(Books.Order order, boolean inParts) {
    if (!inParts) {
      return List.of(List.of());
    }
    return order.status().equals("SHIPPED")
        ? List.of(List.of("PACKED"))
        : List.of(List.of(), List.of("BROKEN"), List.of("UNPACKED"));
  }
}
