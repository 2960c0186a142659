package io.skald.engine.runtime;

import io.skald.saga.Outcome;
import io.skald.saga.internal.Masked;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** The text of a failure as it may be stored: sanitised and bounded, whatever it says. */
public final class ErrorText {
  /** The longest stored text: 8 KiB of UTF-8. */
  public static final int BYTES_MAX = 8 * 1024;

  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}&&[^\\n\\t]]");

  private ErrorText() {}

  /** The kind of a failure and what it says: {@code PermanentFailure: out of stock}. */
  public static String of(Throwable failure) {
    return said(nameOf(failure.getClass()), messageOf(failure));
  }

  /** What a verification said: {@code Outcome.failed: no such payment}. */
  public static String of(Outcome.Failed<?> failed) {
    return said("Outcome.failed", failed.reason());
  }

  private static String said(String kind, String message) {
    return bounded(message.isBlank() ? kind : kind + Masked.SAYS + message);
  }

  /** An anonymous class has no name of its own. */
  private static String nameOf(Class<?> type) {
    String name = type.getSimpleName();
    return name.isEmpty() ? nameOf(type.getSuperclass()) : name;
  }

  /** The text without what no terminal, log or database should meet, cut to {@link #BYTES_MAX}. */
  public static String bounded(String text) {
    String clean = UNPRINTABLE.matcher(text).replaceAll("\uFFFD");
    byte[] bytes = clean.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= BYTES_MAX) {
      return clean;
    }
    int end = BYTES_MAX;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** A failure may fail once more while it is asked what it says. */
  private static String messageOf(Throwable failure) {
    try {
      String message = failure.getMessage();
      return message == null ? "" : message;
    } catch (RuntimeException e) {
      return "(its message cannot be read)";
    }
  }
}
