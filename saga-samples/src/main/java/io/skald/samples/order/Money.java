package io.skald.samples.order;

import java.util.Locale;

/** Amounts as people write them. */
final class Money {
  private Money() {}

  /** Cents as {@code 1,234.05}. */
  static String text(long cents) {
    String sign = cents < 0 ? "-" : "";
    return String.format(
        Locale.ROOT, "%s%,d.%02d", sign, Math.abs(cents) / 100, Math.abs(cents) % 100);
  }
}
