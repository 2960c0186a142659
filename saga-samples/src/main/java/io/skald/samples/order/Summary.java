package io.skald.samples.order;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many sagas of each definition ended how, and what the desk and others did, as text. */
final class Summary {
  private Summary() {}

  static List<String> of(Books books) {
    var lines = new ArrayList<String>();
    var statuses =
        books.sagas().values().stream()
            .collect(
                Collectors.groupingBy(
                    Books.Saga::definition,
                    TreeMap::new,
                    Collectors.mapping(Books.Saga::status, Collectors.toList())));
    statuses.forEach((definition, ends) -> lines.add(line(definition, "sagas", ends)));
    var answers = books.approvals().values().stream().map(Books.Approval::status).toList();
    lines.add(line("the desk", "asked", answers));
    var packings = books.packings().stream().map(Books.Packing::state).toList();
    lines.add(line("the packers", "asked", packings));
    var policies = books.policies().values().stream().map(Books.Policy::status).toList();
    lines.add(line("policies", "opened", policies));
    return lines;
  }

  private static String line(String what, String unit, List<String> values) {
    var counts =
        values.stream().collect(Collectors.groupingBy(v -> v, TreeMap::new, Collectors.counting()));
    return "  %-14s%,6d %-6s %s"
        .formatted(
            what,
            values.size(),
            unit,
            counts.entrySet().stream()
                .map(e -> "%,6d %s".formatted(e.getValue(), words(e.getKey())))
                .collect(Collectors.joining("  ")))
        .stripTrailing();
  }

  private static String words(String status) {
    return status.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
