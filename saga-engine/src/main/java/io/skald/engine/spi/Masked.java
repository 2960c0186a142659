package io.skald.engine.spi;

import org.jspecify.annotations.Nullable;

/** What a row says of its payloads where anybody may log it: that they are there, and how long. */
final class Masked {
  private static final String SAYS = ": ";

  private Masked() {}

  static String payload(@Nullable String payload) {
    return payload == null ? "null" : "(" + payload.length() + " characters)";
  }

  /** The kind of a failure, without what it said. */
  static String said(@Nullable String text) {
    int says = text == null ? -1 : text.indexOf(SAYS);
    return says < 0 ? String.valueOf(text) : String.valueOf(text).substring(0, says) + SAYS + "…";
  }
}
