package io.skald.samples.order;

import java.nio.charset.Charset;

/**
 * The signs the output is drawn with.
 *
 * @param event something that is done to the services
 * @param good a rule that holds
 * @param bad a rule that does not
 */
record Glyphs(String event, String good, String bad) {
  static final Glyphs PLAIN = new Glyphs("*", "ok", "FAILED");
  private static final Glyphs RICH = new Glyphs("▸", "✓", "✗");

  /** The best signs that character set has. */
  static Glyphs in(Charset charset) {
    var encoder = charset.newEncoder();
    return encoder.canEncode(RICH.event + RICH.good + RICH.bad) ? RICH : PLAIN;
  }
}
