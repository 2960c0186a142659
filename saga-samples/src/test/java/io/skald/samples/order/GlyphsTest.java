package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GlyphsTest {

  @Test
  void arePlainWhereTheTerminalHasNoOthers() {
    assertThat(Glyphs.in(StandardCharsets.US_ASCII)).isEqualTo(Glyphs.PLAIN);
    assertThat(Glyphs.in(StandardCharsets.UTF_8)).isNotEqualTo(Glyphs.PLAIN);
  }
}
