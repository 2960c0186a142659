package io.skald.messaging;

/** What a failure says, in one line that any log, column and terminal can bear. */
final class ErrorLine {
  private static final int LENGTH_MAX = 500;

  private ErrorLine() {}

  static String of(Throwable failure) {
    String text = failure.getClass().getSimpleName() + ": " + failure.getMessage();
    String plain = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", " ");
    return plain.length() > LENGTH_MAX ? plain.substring(0, LENGTH_MAX) + "…" : plain;
  }
}
