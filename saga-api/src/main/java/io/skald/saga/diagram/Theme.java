package io.skald.saga.diagram;

/** The letters and colours of a picture. */
final class Theme {
  /** How wide a character of a name is, at most. */
  static final double NAME_WIDTH = 8.0;

  /** How wide a character of a note is, on average, generously. */
  static final double NOTE_WIDTH = 6.4;

  private static final String SHAPES =
      """
      .skald text { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
      .skald .title { font-size: 19px; font-weight: 650; }
      .skald .name { font: 600 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
      .skald .note { font-size: 12px; }
      .skald .undo { font-size: 12px; }
      .skald .pill { font-size: 12.5px; font-weight: 600; text-anchor: middle; }
      .skald .badge { font-size: 10.5px; font-weight: 700; letter-spacing: 1px; text-anchor: middle; }
      .skald path { fill: none; stroke-width: 1.6; }
      .skald .back { stroke-dasharray: 5 4; }
      .skald .fold { stroke-dasharray: 2 4; stroke-width: 1; }
      .skald .tip { stroke: none; }
      """;

  private static final String COLOURS =
      """
      .skald .paper { fill: %1$s; }
      .skald .title, .skald .name, .skald .pill { fill: %2$s; }
      .skald .note { fill: %3$s; }
      .skald .forward, .skald .choice { stroke: %4$s; }
      .skald .bar, .skald .tip { fill: %4$s; }
      .skald .choice { fill: %1$s; }
      .skald .border, .skald .sheet { fill: %5$s; stroke: %6$s; }
      .skald .card, .skald .end { fill: %1$s; stroke: %6$s; }
      .skald .local .stripe { fill: %7$s; }
      .skald .remote .stripe { fill: %8$s; }
      .skald .wait .stripe { fill: %9$s; }
      .skald .refusal .stripe { fill: %10$s; }
      .skald .back, .skald .fold { stroke: %11$s; }
      .skald .undo, .skald .back-tip { fill: %11$s; }
      .skald .turn { fill: %1$s; stroke: %11$s; stroke-width: 1.6; }
      .skald .return { fill: %1$s; stroke: %11$s; stroke-dasharray: 5 4; stroke-width: 1.6; }
      .skald .pivot { fill: none; stroke: %12$s; stroke-width: 2.5; }
      .skald .pivot-badge { fill: %12$s; }
      .skald .badge { fill: %1$s; }
      .skald .border-line { stroke: %12$s; stroke-width: 1; stroke-dasharray: 2 4; }
      .skald .border-note { fill: %12$s; font-size: 12px; }
      """;

  private static final String LIGHT =
      colours(
          "#ffffff #1f2328 #59636e #6e7781 #f6f8fa #d1d9e0 #0969da #8250df #bf8700 #cf222e"
              + " #bc4c00 #1a7f37");
  private static final String DARK =
      colours(
          "#0d1117 #f0f6fc #9198a1 #8b949e #151b23 #3d444d #4493f8 #ab7df8 #d29922 #f85149"
              + " #f0883e #3fb950");

  private Theme() {}

  private static String colours(String palette) {
    return COLOURS.formatted((Object[]) palette.split(" "));
  }

  /** The rules of a style sheet. */
  static String styles() {
    return SHAPES + LIGHT + "@media (prefers-color-scheme: dark) {\n" + DARK + "}\n";
  }

  static int noteWidth(String text) {
    return (int) Math.ceil(text.length() * NOTE_WIDTH);
  }
}
