package io.skald.engine.spi;

import java.util.regex.Pattern;

/** What the names and numbers of limits may be. */
final class LimitCheck {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

  private LimitCheck() {}

  static void check(String name, int attemptsMax, int most) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "limit: \"%s\" (expected: 1 to 100 characters of [a-zA-Z0-9._-])"
              .formatted(name.replaceAll("[^ -~]", "?")));
    }
    if (attemptsMax < 1 || attemptsMax > most) {
      throw new IllegalArgumentException(
          "limit %s: attemptsMax: %d (expected: 1 to %d)".formatted(name, attemptsMax, most));
    }
  }
}
