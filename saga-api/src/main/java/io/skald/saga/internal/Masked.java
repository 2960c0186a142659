package io.skald.saga.internal;

/**
 * What a value says of what it carries where anybody may log it: what that is, never what it holds.
 */
public final class Masked {
  private static final String SAYS = ": ";

  private Masked() {}

  /** The kind of a failure, without what it said. */
  public static String said(String text) {
    int says = text.indexOf(SAYS);
    return says < 0 ? text : text.substring(0, says) + SAYS + "…";
  }

  /** The kind of a value. */
  public static String value(Object value) {
    return "a " + value.getClass().getSimpleName();
  }
}
