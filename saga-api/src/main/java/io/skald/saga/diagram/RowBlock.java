package io.skald.saga.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Branches side by side, with the lines that part before them and meet behind them. */
final class RowBlock implements FrameBlock.Content {
  private static final int GAP = 26;
  private static final int BAR = 4;
  private static final int MEET = 24;
  private static final int EMPTY_AXIS = 16;
  private static final int EMPTY_WIDTH = 92;

  private final Part.Frame frame;
  private final List<Lane> lanes;

  /**
   * A branch.
   *
   * @param left how far from the left it begins
   * @param block what stands there; empty for nothing
   */
  private record Lane(Part.Branch branch, int left, Optional<Block> block) {
    int width() {
      return block.map(Block::width).orElse(EMPTY_WIDTH);
    }

    int height() {
      return block.map(Block::height).orElse(0);
    }

    int axis() {
      return left + block.map(Block::axis).orElse(EMPTY_AXIS);
    }
  }

  RowBlock(Part.Frame frame, int cardWidth) {
    this.frame = frame;
    var placed = new ArrayList<Lane>();
    int left = 0;
    for (Part.Branch branch : frame.branches()) {
      Lane lane = new Lane(branch, left, branch.part().map(part -> Block.of(part, cardWidth)));
      placed.add(lane);
      left += lane.width() + GAP;
    }
    this.lanes = List.copyOf(placed);
  }

  @Override
  public int width() {
    return lanes.getLast().left() + lanes.getLast().width();
  }

  @Override
  public int height() {
    return top() + tallest() + (frame.isEnd() ? 0 : MEET);
  }

  private int top() {
    return frame.shape() == Part.Shape.CHOICE ? 52 : 28;
  }

  private int tallest() {
    return lanes.stream().mapToInt(Lane::height).max().orElse(0);
  }

  @Override
  public int axis() {
    return (lanes.getFirst().axis() + lanes.getLast().axis()) / 2;
  }

  @Override
  public void draw(Canvas canvas, Point at) {
    for (Lane lane : lanes) {
      enter(canvas, at, lane);
      lane.block().ifPresent(block -> block.draw(canvas, at.plus(lane.left(), top())));
      leave(canvas, at, lane);
    }
    if (frame.shape() == Part.Shape.CHOICE) {
      if (!frame.isEnd()) {
        canvas.circle("bar", at.plus(axis(), height() - BAR / 2), 3);
      }
      Point mid = at.plus(axis(), 8);
      canvas.path(
          "choice",
          "M%s L%s L%s L%s Z"
              .formatted(mid.plus(0, -8), mid.plus(8, 0), mid.plus(0, 8), mid.plus(-8, 0)));
      return;
    }
    bar(canvas, at);
    if (!frame.isEnd()) {
      bar(canvas, at.plus(0, height() - BAR));
    }
  }

  private void bar(Canvas canvas, Point at) {
    int from = lanes.getFirst().axis() - 24;
    int to = lanes.getLast().axis() + 24;
    canvas.rect("bar", new Area(at.plus(from, 0), to - from, BAR), 2);
  }

  private void enter(Canvas canvas, Point at, Lane lane) {
    int fork = frame.shape() == Part.Shape.CHOICE ? 8 : BAR;
    Point to = at.plus(lane.axis(), top());
    if (frame.shape() == Part.Shape.CHOICE && lane.axis() != axis()) {
      canvas.line("forward", at.plus(axis(), fork), at.plus(lane.axis(), fork));
    }
    Point from = at.plus(lane.axis(), fork);
    if (lane.block().isPresent()) {
      canvas.arrow("forward", from, to);
    } else {
      canvas.line("forward", from, to);
    }
    if (!lane.branch().label().isEmpty()) {
      canvas.label("note", at.plus(lane.axis() + 7, fork + 20), lane.branch().label());
    }
  }

  private void leave(Canvas canvas, Point at, Lane lane) {
    if (lane.branch().isEnd() || frame.isEnd()) {
      return;
    }
    int meet = height() - BAR / 2;
    Point below = at.plus(lane.axis(), meet);
    canvas.line("forward", at.plus(lane.axis(), top() + lane.height()), below);
    if (frame.shape() == Part.Shape.CHOICE && lane.axis() != axis()) {
      canvas.line("forward", below, at.plus(axis(), meet));
    }
  }
}
