package io.skald.samples.order;

import java.util.ArrayList;
import java.util.List;

/** The findings of an {@link Audit} as text. */
final class AuditTable {
  private static final int SHOWN_MAX = 5;

  private AuditTable() {}

  static List<String> of(List<Audit.Finding> findings, Glyphs glyphs) {
    var lines = new ArrayList<String>();
    for (Audit.Finding finding : findings) {
      lines.add(
          "  %-6s %-50s %,7d"
              .formatted(
                  finding.holds() ? glyphs.good() : glyphs.bad(),
                  finding.rule(),
                  finding.checked()));
      finding.violations().stream().limit(SHOWN_MAX).forEach(text -> lines.add("         " + text));
      int more = finding.violations().size() - SHOWN_MAX;
      if (more > 0) {
        lines.add("         and %,d more".formatted(more));
      }
    }
    return lines;
  }
}
