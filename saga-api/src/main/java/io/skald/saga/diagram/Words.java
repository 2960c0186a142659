package io.skald.saga.diagram;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Text as it stands in a picture. */
final class Words {
  private Words() {}

  /** A duration with all its units, down to the millisecond: {@code 1 d 6 h}. */
  static String of(Duration duration) {
    var units = new ArrayList<String>();
    add(units, duration.toDays(), "d");
    add(units, duration.toHoursPart(), "h");
    add(units, duration.toMinutesPart(), "min");
    add(units, duration.toSecondsPart(), "s");
    add(units, duration.toMillisPart(), "ms");
    return units.isEmpty() ? "less than 1 ms" : String.join(" ", units);
  }

  private static void add(List<String> units, long number, String unit) {
    if (number > 0) {
      units.add(number + " " + unit);
    }
  }

  /** The text in lines of at most {@code width} characters, broken behind a separator if it can. */
  static List<String> lines(String text, int width) {
    var lines = new ArrayList<String>();
    String rest = text;
    while (rest.length() > width) {
      int cut = width;
      for (int at = width; at > width / 2 && cut == width; at--) {
        cut = " -._".indexOf(rest.charAt(at - 1)) >= 0 ? at : cut;
      }
      lines.add(rest.substring(0, cut).strip());
      rest = rest.substring(cut).strip();
    }
    lines.add(rest);
    return List.copyOf(lines);
  }

  /** The text as XML character data or in a quoted attribute. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
