package io.skald.saga.internal;

import org.jspecify.annotations.Nullable;

/**
 * What a value says of what it carries where anybody may log it: what that is, never what it holds.
 */
public final class Masked {
  /**
   * Between the kind of a failure and what it said. The engine's own words in front of the kind do
   * without it, so that nobody who cuts a text there keeps anything of what was said.
   */
  public static final String SAYS = ": ";

  private Masked() {}

  /** The kind of a failure, without what it said. */
  public static String said(@Nullable String text) {
    if (text == null || !text.contains(SAYS)) {
      return String.valueOf(text);
    }
    return kind(text) + SAYS + "…";
  }

  /** What stands in front of what was said: the engine's own words and the kind of a failure. */
  public static String kind(String text) {
    int says = text.indexOf(SAYS);
    return says < 0 ? text : text.substring(0, says);
  }

  /** The kind of a value. */
  public static String value(@Nullable Object value) {
    return value == null ? "null" : "a " + value.getClass().getSimpleName();
  }

  /** That there is an encoded value, and how long it is. */
  public static String payload(@Nullable String payload) {
    return payload == null ? "null" : "(" + payload.length() + " characters)";
  }
}
