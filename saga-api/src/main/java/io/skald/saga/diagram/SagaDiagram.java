package io.skald.saga.diagram;

import io.skald.saga.SagaDefinition;

/**
 * A definition as a picture: its steps from the start to the end, what each of them is, the pivot,
 * and the way back, on which what has taken effect is compensated. The same definition gives the
 * same text, one element a line. Immutable.
 */
public final class SagaDiagram {
  private final Sketch sketch;

  private SagaDiagram(Sketch sketch) {
    this.sketch = sketch;
  }

  /** The picture of a definition. */
  public static SagaDiagram of(SagaDefinition<?, ?> definition) {
    return new SagaDiagram(Sketch.of(definition));
  }

  /**
   * A Mermaid flowchart, to be put in a fenced {@code mermaid} block of a Markdown document. Solid
   * lines are the way forward, dotted ones the way back.
   *
   * @return lines that end with a line feed each
   */
  public String mermaid() {
    return Mermaid.of(sketch);
  }

  /**
   * A self-contained SVG document without scripts and outside references. It follows the reader's
   * choice of light or dark, and is drawn on a ground of its own. Solid lines are the way forward,
   * dashed ones the way back.
   *
   * @return lines that end with a line feed each
   */
  public String svg() {
    return new Poster(sketch).svg();
  }
}
