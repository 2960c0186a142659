package io.skald.saga.diagram;

/** A place on a canvas, in pixels from its top left corner. */
record Point(int x, int y) {
  Point plus(int right, int down) {
    return new Point(x + right, y + down);
  }

  @Override
  public String toString() {
    return x + " " + y;
  }
}
