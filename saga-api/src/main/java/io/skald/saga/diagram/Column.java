package io.skald.saga.diagram;

import java.util.ArrayList;
import java.util.List;

/** Blocks below each other, with the way forward between them and the way back beside them. */
final class Column implements FrameBlock.Content {
  static final int GAP = 30;
  private static final int RAIL = 24;

  private final List<Block> blocks;
  private final List<Integer> stops;
  private final List<Integer> tops;

  /**
   * A column.
   *
   * @param blocks at least one
   * @param stops the places of the blocks the way back touches, in order
   */
  Column(List<Block> blocks, List<Integer> stops) {
    this.blocks = blocks;
    this.stops = stops;
    var below = new ArrayList<Integer>();
    int y = 0;
    for (Block block : blocks) {
      below.add(y);
      y += block.height() + GAP;
    }
    this.tops = List.copyOf(below);
  }

  @Override
  public int width() {
    return axis() + (stops.size() > 1 ? rail(stops.getFirst(), stops.getLast()) : reach());
  }

  @Override
  public int height() {
    return tops.getLast() + blocks.getLast().height();
  }

  @Override
  public int axis() {
    return blocks.stream().mapToInt(Block::axis).max().orElse(0);
  }

  private int reach() {
    return blocks.stream().mapToInt(Block::reach).max().orElse(0);
  }

  Block last() {
    return blocks.getLast();
  }

  /** How far right of the axis the way back runs along these blocks. */
  int rail(int first, int last) {
    return RAIL + blocks.subList(first, last + 1).stream().mapToInt(Block::reach).max().orElse(0);
  }

  @Override
  public void draw(Canvas canvas, Point at) {
    Point axis = at.plus(axis(), 0);
    for (int place = 0; place < blocks.size(); place++) {
      Block block = blocks.get(place);
      if (place > 0 && !blocks.get(place - 1).part().isEnd()) {
        int from = tops.get(place) - GAP;
        canvas.arrow("forward", axis.plus(0, from), axis.plus(0, tops.get(place)));
      }
      block.draw(canvas, axis.plus(-block.axis(), tops.get(place)));
    }
    for (int stop = stops.size() - 1; stop > 0; stop--) {
      hop(canvas, axis, stops.get(stop), stops.get(stop - 1));
    }
  }

  private void hop(Canvas canvas, Point axis, int lower, int upper) {
    Point from = leaving(axis, lower);
    Point to = entering(axis, upper);
    int rail = axis.x() + rail(upper, lower);
    canvas.tipped(
        "back",
        "M%s H%d Q%d %d %d %d V%d Q%d %d %d %d H%d"
            .formatted(
                from,
                rail - 8,
                rail,
                from.y(),
                rail,
                from.y() - 8,
                to.y() + 8,
                rail,
                to.y(),
                rail - 8,
                to.y(),
                to.x()));
    mark(canvas, from, lower);
  }

  /** Where the way back leaves the topmost block it touches. */
  Point exit(Canvas canvas, Point at) {
    Point exit = leaving(at.plus(axis(), 0), stops.getFirst());
    mark(canvas, exit, stops.getFirst());
    return exit;
  }

  /** Where the way back begins at a block that is not compensated itself. */
  private void mark(Canvas canvas, Point at, int place) {
    if (blocks.get(place).part().compensation().isEmpty()) {
      canvas.circle("turn", at, 4);
    }
  }

  private Point leaving(Point axis, int place) {
    int raised = blocks.get(place).part().compensation().isPresent() ? 5 : 0;
    return axis.plus(
        blocks.get(place).reach(), tops.get(place) + blocks.get(place).strip() - raised);
  }

  private Point entering(Point axis, int place) {
    return axis.plus(blocks.get(place).reach(), tops.get(place) + blocks.get(place).strip() + 5);
  }
}
