package io.skald.saga.diagram;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A step that holds others as a frame around them. */
final class FrameBlock implements Block {
  private static final int PADDING = 18;
  private static final int HEAD = 52;
  private static final int STACK = 5;

  private final Part.Frame frame;
  private final Content content;
  private final int inner;

  FrameBlock(Part.Frame frame, int cardWidth) {
    this.frame = frame;
    this.content =
        switch (frame.shape()) {
          case SEQUENCE, EACH -> column(frame, cardWidth);
          case PARALLEL, CHOICE -> new RowBlock(frame, cardWidth);
        };
    String undo = frame.compensation().map(words -> "↩ " + words).orElse("");
    int text =
        Stream.of(
                (int) Math.ceil(frame.name().length() * Theme.NAME_WIDTH),
                Theme.noteWidth(frame.note()),
                Theme.noteWidth(undo))
            .max(Integer::compare)
            .orElseThrow();
    this.inner = Math.max(content.width(), text);
  }

  /** What a frame is drawn around. */
  interface Content {
    int width();

    int height();

    int axis();

    void draw(Canvas canvas, Point at);
  }

  private static Content column(Part.Frame frame, int cardWidth) {
    List<Block> blocks = frame.parts().stream().map(part -> Block.of(part, cardWidth)).toList();
    List<Integer> stops =
        IntStream.range(0, blocks.size())
            .filter(at -> blocks.get(at).part().compensation().isPresent())
            .boxed()
            .toList();
    return new Column(blocks, stops);
  }

  @Override
  public Part part() {
    return frame;
  }

  @Override
  public int width() {
    return PADDING + inner + PADDING + stack();
  }

  /** How far the sheets behind a frame for each element show. */
  private int stack() {
    return frame.shape() == Part.Shape.EACH ? 2 * STACK : 0;
  }

  @Override
  public int height() {
    return foot() + (frame.compensation().isPresent() ? CardBlock.STRIP : 0) + stack();
  }

  private int foot() {
    return HEAD + content.height() + PADDING;
  }

  @Override
  public int axis() {
    return PADDING + (inner - content.width()) / 2 + content.axis();
  }

  @Override
  public int strip() {
    return frame.compensation().isPresent() ? foot() + CardBlock.STRIP / 2 : height() / 2;
  }

  @Override
  public void draw(Canvas canvas, Point at) {
    int width = width() - stack();
    int height = height() - stack();
    canvas.open("g class=\"frame\"");
    for (int behind = stack(); behind > 0; behind -= STACK) {
      canvas.rect("sheet", new Area(at.plus(behind, behind), width, height), 10);
    }
    canvas.rect("border", new Area(at, width, height), 10);
    canvas.label("name", at.plus(PADDING, 22), frame.name());
    canvas.label("note", at.plus(PADDING, 38), frame.note());
    content.draw(canvas, at.plus(axis() - content.axis(), HEAD));
    frame.compensation().ifPresent(words -> strip(canvas, at, words));
    canvas.close("g");
  }

  private void strip(Canvas canvas, Point at, String words) {
    canvas.line("fold", at.plus(0, foot()), at.plus(width() - stack(), foot()));
    canvas.label("undo", at.plus(PADDING, foot() + 17), "↩ " + words);
  }
}
