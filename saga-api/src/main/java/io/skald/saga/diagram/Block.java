package io.skald.saga.diagram;

/** A part of a picture that knows its size, and how to draw itself anywhere. */
interface Block {
  int width();

  int height();

  /** How far from the left the way forward enters at the top and leaves at the bottom. */
  int axis();

  /** How far from the top the way back touches the right side. */
  int strip();

  /** What is drawn. */
  Part part();

  void draw(Canvas canvas, Point at);

  /** How far it reaches to the right of its axis. */
  default int reach() {
    return width() - axis();
  }

  /** A block for a part, where cards are at least that wide. */
  static Block of(Part part, int cardWidth) {
    return switch (part) {
      case Part.Card card -> new CardBlock(card, cardWidth);
      case Part.Frame frame -> new FrameBlock(frame, cardWidth);
    };
  }
}
