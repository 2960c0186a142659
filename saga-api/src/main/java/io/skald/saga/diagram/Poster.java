package io.skald.saga.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A whole picture as SVG: head, start, the way forward and back, ends. */
final class Poster {
  private static final int MARGIN = 28;
  private static final int HEAD = 70;
  private static final int PILL = 30;
  private static final int PILL_WIDTH = 116;
  private static final int BORDER_GAP = 78;
  private static final int CARD_WIDTH_MIN = 190;
  private static final String BORDER_NOTE = "from here on: retried, never compensated";

  private final Sketch sketch;
  private final Column upper;
  private final List<Column> lower;
  private final int axis;
  private final int exitRail;

  Poster(Sketch sketch) {
    this.sketch = sketch;
    int cardWidth =
        Stream.concat(sketch.revocable().stream(), sketch.after().stream())
            .flatMap(Poster::cards)
            .mapToInt(CardBlock::widthOf)
            .reduce(CARD_WIDTH_MIN, Math::max);
    List<Block> revocable = blocks(sketch.revocable(), cardWidth);
    List<Integer> stops = stops(revocable);
    this.upper = new Column(revocable, stops);
    this.lower =
        sketch.after().isEmpty()
            ? List.of()
            : List.of(new Column(blocks(sketch.after(), cardWidth), List.of()));
    this.axis = Math.max(upper.axis(), lower.stream().mapToInt(Column::axis).sum());
    this.exitRail = Math.max(upper.rail(0, stops.getFirst()), PILL_WIDTH + 20);
  }

  private static List<Block> blocks(List<Part> parts, int cardWidth) {
    return parts.stream().map(part -> Block.of(part, cardWidth)).toList();
  }

  private static Stream<Part.Card> cards(Part part) {
    return switch (part) {
      case Part.Card card -> Stream.of(card);
      case Part.Frame frame -> frame.parts().stream().flatMap(Poster::cards);
    };
  }

  /** The way back touches what is compensated, and begins at the last block. */
  private static List<Integer> stops(List<Block> blocks) {
    int last = blocks.size() - 1;
    return IntStream.rangeClosed(0, last)
        .filter(at -> at == last || blocks.get(at).part().compensation().isPresent())
        .boxed()
        .toList();
  }

  String svg() {
    int top = HEAD + PILL + Column.GAP;
    int below = top + upper.height();
    int lowerTop = below + BORDER_GAP;
    int end = lower.isEmpty() ? below : lowerTop + lower.getFirst().height();
    int height = end + (sketch.isCompletable() ? Column.GAP + PILL : 0) + MARGIN;
    Canvas canvas = new Canvas("skald-" + sketch.title());
    open(canvas, width(), height);
    Point middle = new Point(MARGIN + axis, 0);
    start(canvas, middle);
    upper.draw(canvas, middle.plus(-upper.axis(), top));
    wayOut(canvas, middle.plus(-upper.axis(), top), middle);
    sketch.pivot().ifPresent(pivot -> pivot(canvas, middle.plus(0, below)));
    for (Column column : lower) {
      border(canvas, middle.plus(0, below));
      column.draw(canvas, middle.plus(-column.axis(), lowerTop));
    }
    if (sketch.isCompletable()) {
      canvas.arrow("forward", middle.plus(0, end), middle.plus(0, end + Column.GAP));
      pill(canvas, "end", middle.plus(0, end + Column.GAP), "completed");
    }
    canvas.close("svg");
    return canvas.toString();
  }

  private int width() {
    int columns =
        Stream.concat(Stream.of(upper), lower.stream())
            .mapToInt(column -> axis - column.axis() + column.width())
            .reduce(0, Math::max);
    int note = lower.isEmpty() ? 0 : axis + 14 + Theme.noteWidth(BORDER_NOTE);
    int title = Math.max(sketch.title().length() * 11, Theme.noteWidth(sketch.subtitle()));
    int content = Math.max(Math.max(columns, note), axis + exitRail + PILL_WIDTH / 2);
    return MARGIN + Math.max(content, title) + MARGIN;
  }

  private void open(Canvas canvas, int width, int height) {
    String id = canvas.id();
    canvas.open(
        ("svg xmlns=\"http://www.w3.org/2000/svg\" class=\"skald\" role=\"img\" width=\"%d\""
                + " height=\"%d\" viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-title %s-desc\"")
            .formatted(width, height, width, height, id, id));
    canvas.text("title id=\"" + id + "-title\"", "Saga " + sketch.title());
    canvas.text("desc id=\"" + id + "-desc\"", description());
    canvas.open("style");
    Theme.styles().lines().forEach(canvas::raw);
    canvas.close("style");
    canvas.open("defs");
    marker(canvas, "forward", "tip");
    marker(canvas, "back", "back-tip");
    canvas.close("defs");
    canvas.rect("paper", new Area(new Point(0, 0), width, height), 12);
    canvas.label("title", new Point(MARGIN, MARGIN + 12), sketch.title());
    canvas.label("note", new Point(MARGIN, MARGIN + 32), sketch.subtitle());
  }

  private static void marker(Canvas canvas, String name, String style) {
    canvas.open(
        ("marker id=\"%s-%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\""
                + " markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"")
            .formatted(canvas.id(), name));
    canvas.add("polygon class=\"" + style + "\" points=\"0,1 9,5 0,9\"");
    canvas.close("marker");
  }

  private String description() {
    List<String> steps = new ArrayList<>(names(sketch.before()));
    sketch.pivot().ifPresent(pivot -> steps.add(pivot.name() + " (the pivot)"));
    steps.addAll(names(sketch.after()));
    String back =
        sketch.revocable().reversed().stream()
            .filter(part -> part.compensation().isPresent())
            .map(part -> part.name() + " (" + part.compensation().orElseThrow() + ")")
            .collect(Collectors.joining(", "));
    return "Forward: %s. Back: %s."
        .formatted(String.join(", ", steps), back.isEmpty() ? "nothing is compensated" : back);
  }

  private static List<String> names(List<Part> parts) {
    return parts.stream().map(Part::name).toList();
  }

  private void start(Canvas canvas, Point middle) {
    pill(canvas, "end", middle.plus(0, HEAD + 6), "start");
    canvas.arrow(
        "forward", middle.plus(0, HEAD + 6 + PILL), middle.plus(0, HEAD + PILL + Column.GAP));
  }

  /** The end of the way back stands beside the start. */
  private void wayOut(Canvas canvas, Point at, Point middle) {
    Point exit = upper.exit(canvas, at);
    int rail = middle.x() + exitRail;
    Point pill = new Point(rail, HEAD + 6);
    canvas.tipped(
        "back",
        "M%s H%d Q%d %d %d %d V%d"
            .formatted(exit, rail - 8, rail, exit.y(), rail, exit.y() - 8, pill.y() + PILL));
    pill(canvas, "return", pill, "compensated");
  }

  private static void pill(Canvas canvas, String style, Point top, String label) {
    canvas.rect(style, new Area(top.plus(-PILL_WIDTH / 2, 0), PILL_WIDTH, PILL), PILL / 2);
    canvas.label("pill", top.plus(0, 20), label);
  }

  private void pivot(Canvas canvas, Point bottom) {
    Block block = upper.last();
    Point at = bottom.plus(-block.axis(), -block.height());
    canvas.rect("pivot", new Area(at, block.width(), block.height()), 8);
    canvas.rect("pivot-badge", new Area(at.plus(block.width() - 70, -9), 58, 18), 9);
    canvas.label("badge", at.plus(block.width() - 41, 4), "PIVOT");
  }

  private void border(Canvas canvas, Point bottom) {
    canvas.arrow("forward", bottom, bottom.plus(0, BORDER_GAP));
    int y = bottom.y() + BORDER_GAP / 2 - 8;
    canvas.line("border-line", new Point(MARGIN, y), new Point(width() - MARGIN, y));
    canvas.label("border-note", new Point(bottom.x() + 14, y + 17), BORDER_NOTE);
  }
}
