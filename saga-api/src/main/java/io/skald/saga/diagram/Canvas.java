package io.skald.saga.diagram;

/** The elements of an SVG document, one a line. Confined to one thread. */
final class Canvas {
  private final String id;
  private final StringBuilder text = new StringBuilder();
  private int depth;

  /**
   * An empty canvas.
   *
   * @param id what its markers' names begin with: documents may be put into one page
   */
  Canvas(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  /** An element without content. */
  void add(String element) {
    raw("<" + element + "/>");
  }

  void open(String element) {
    raw("<" + element + ">");
    depth++;
  }

  void close(String element) {
    depth--;
    raw("</" + element + ">");
  }

  /** An element with text, which is escaped. */
  void text(String element, String content) {
    String name = element.contains(" ") ? element.substring(0, element.indexOf(' ')) : element;
    raw("<" + element + ">" + Words.escaped(content) + "</" + name + ">");
  }

  void raw(String line) {
    text.append("  ".repeat(depth)).append(line).append('\n');
  }

  /** A rectangle with round corners. */
  void rect(String style, Area area, int radius) {
    add(
        "rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\""
            .formatted(style, area.at().x(), area.at().y(), area.width(), area.height(), radius));
  }

  void circle(String style, Point center, int radius) {
    add(
        "circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"%d\""
            .formatted(style, center.x(), center.y(), radius));
  }

  void label(String style, Point at, String content) {
    text("text class=\"%s\" x=\"%d\" y=\"%d\"".formatted(style, at.x(), at.y()), content);
  }

  void line(String style, Point from, Point to) {
    path(style, "M" + from + " L" + to);
  }

  /** A line that ends in an arrow. */
  void arrow(String style, Point from, Point to) {
    tipped(style, "M" + from + " L" + to);
  }

  void path(String style, String way) {
    add("path class=\"%s\" d=\"%s\"".formatted(style, way));
  }

  /** A path that ends in an arrow. */
  void tipped(String style, String way) {
    add("path class=\"%s\" d=\"%s\" marker-end=\"url(#%s-%s)\"".formatted(style, way, id, style));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
