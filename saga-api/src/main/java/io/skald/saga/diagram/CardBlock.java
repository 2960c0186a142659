package io.skald.saga.diagram;

import java.util.List;
import java.util.Locale;

/** A step as a card: its name, what it is, and a strip if it is compensated. */
final class CardBlock implements Block {
  static final int STRIP = 26;
  private static final int NAME_LINE = 17;
  private static final int NOTE_LINE = 16;
  private static final int PADDING = 10;
  private static final int INDENT = 22;
  private static final int NAME_LENGTH = 32;
  private static final int NOTE_LENGTH = 40;

  private final Part.Card card;
  private final List<String> names;
  private final List<String> notes;
  private final int width;

  CardBlock(Part.Card card, int width) {
    this.card = card;
    this.names = Words.lines(card.name(), NAME_LENGTH);
    this.notes = notes(card);
    this.width = width;
  }

  /** How wide a card has to be for its text. */
  static int widthOf(Part.Card card) {
    int name = widest(Words.lines(card.name(), NAME_LENGTH), Theme.NAME_WIDTH);
    int note = widest(notes(card), Theme.NOTE_WIDTH);
    int strip = card.compensation().map(words -> Theme.noteWidth("↩ " + words)).orElse(0);
    return INDENT + Math.max(name, Math.max(note, strip)) + INDENT;
  }

  private static int widest(List<String> lines, double characterWidth) {
    int longest = lines.stream().mapToInt(String::length).max().orElse(0);
    return (int) Math.ceil(longest * characterWidth);
  }

  private static List<String> notes(Part.Card card) {
    return card.notes().stream().flatMap(note -> Words.lines(note, NOTE_LENGTH).stream()).toList();
  }

  @Override
  public Part part() {
    return card;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return body() + (card.compensation().isPresent() ? STRIP : 0);
  }

  private int body() {
    return 2 * PADDING + names.size() * NAME_LINE + notes.size() * NOTE_LINE;
  }

  @Override
  public int axis() {
    return width / 2;
  }

  @Override
  public int strip() {
    return card.compensation().isPresent() ? body() + STRIP / 2 : height() / 2;
  }

  @Override
  public void draw(Canvas canvas, Point at) {
    String tone = card.tone().name().toLowerCase(Locale.ROOT);
    canvas.open("g class=\"step " + tone + "\"");
    canvas.rect("card", new Area(at, width, height()), 8);
    canvas.rect("stripe", new Area(at.plus(9, PADDING + 2), 4, body() - 2 * PADDING - 2), 2);
    int y = PADDING - 4;
    for (String name : names) {
      y += NAME_LINE;
      canvas.label("name", at.plus(INDENT, y), name);
    }
    for (String note : notes) {
      y += NOTE_LINE;
      canvas.label("note", at.plus(INDENT, y), note);
    }
    card.compensation().ifPresent(words -> strip(canvas, at, words));
    canvas.close("g");
  }

  private void strip(Canvas canvas, Point at, String words) {
    canvas.line("fold", at.plus(0, body()), at.plus(width, body()));
    canvas.label("undo", at.plus(INDENT, body() + 17), "↩ " + words);
  }
}
