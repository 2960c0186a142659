package io.skald.saga.internal;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Argument checks with messages of one shape: {@code attempts: 0 (expected: >= 1)}. */
public final class Check {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

  private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9._/:-]{1,300}");

  private static final Pattern DOTS = Pattern.compile("\\.+");

  private Check() {}

  /**
   * A name that is safe in SQL, logs, metrics, paths and URLs: 1 to 100 of {@code [a-zA-Z0-9._-]},
   * not all of them dots, which a path or a URL takes for a place.
   */
  public static String name(String what, String name) {
    Objects.requireNonNull(name, what);
    if (!NAME.matcher(name).matches()) {
      throw refused(what, printable(name), "1 to 100 characters of [a-zA-Z0-9._-]");
    }
    if (DOTS.matcher(name).matches()) {
      throw refused(what, printable(name), "a letter, a digit, _ or - as well");
    }
    return name;
  }

  /** The key of a call: 1 to 300 of {@code [a-zA-Z0-9._/:-]}. */
  public static String key(String what, String key) {
    Objects.requireNonNull(key, what);
    if (!KEY.matcher(key).matches()) {
      throw refused(what, printable(key), "1 to 300 characters of [a-zA-Z0-9._/:-]");
    }
    return key;
  }

  /**
   * A text that a database, a log and a terminal hold as it is: 1 to {@code max} characters, no
   * control characters, no lone surrogates.
   */
  public static String text(String what, String text, int max) {
    Objects.requireNonNull(text, what);
    if (text.isEmpty() || text.length() > max) {
      throw refused(what, text.length() + " characters", "1 to " + max);
    }
    text.codePoints()
        .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)
        .findFirst()
        .ifPresent(
            c -> {
              throw refused(
                  what,
                  "contains U+%04X".formatted(c),
                  "no control characters, no lone surrogates");
            });
    return text;
  }

  /** A duration of at least {@code min} and at most {@code max}. */
  public static Duration within(String what, Duration duration, Duration min, Duration max) {
    Objects.requireNonNull(duration, what);
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw refused(what, duration, ">= " + min + " and <= " + max);
    }
    return duration;
  }

  /** A duration above zero and at most {@code max}. */
  public static Duration between(String what, Duration duration, Duration max) {
    Objects.requireNonNull(duration, what);
    if (duration.isZero() || duration.isNegative() || duration.compareTo(max) > 0) {
      throw refused(what, duration, "> 0 and <= " + max);
    }
    return duration;
  }

  /** A number of at least one. */
  public static int positive(String what, int number) {
    if (number < 1) {
      throw refused(what, number, ">= 1");
    }
    return number;
  }

  /** A number of at least one and at most {@code max}. */
  public static int within(String what, int number, int max) {
    if (number < 1 || number > max) {
      throw refused(what, number, ">= 1 and <= " + max);
    }
    return number;
  }

  /** What a check is about, for one about an option of a step: {@code step a: timeout}. */
  public static String ofStep(String step, String option) {
    return "step " + step + ": " + option;
  }

  /**
   * The type of something that is recorded and read again: not {@code Void}, of which there is
   * nothing to record, and no generic class without its arguments, which would be read as something
   * else.
   */
  public static Type recorded(String what, Type type) {
    Objects.requireNonNull(type, what);
    if (type == Void.class || type == void.class) {
      throw refused(what, type.getTypeName(), "io.skald.saga.Done, for what returns nothing");
    }
    if (type instanceof Class<?> raw && raw.getTypeParameters().length > 0) {
      String arguments =
          String.join(", ", Collections.nCopies(raw.getTypeParameters().length, ".."));
      throw refused(
          what,
          type.getTypeName(),
          "its type arguments as well: new TypeRef<%s<%s>>() {}"
              .formatted(raw.getSimpleName(), arguments));
    }
    return type;
  }

  /** A copy of a list that has something in it. */
  public static <T> List<T> atLeastOne(String what, List<T> list) {
    if (list.isEmpty()) {
      throw refused(what, 0, ">= 1");
    }
    return List.copyOf(list);
  }

  /** The exception for an argument that breaks its bound. */
  public static IllegalArgumentException refused(String what, Object actual, String expected) {
    return new IllegalArgumentException(what + ": " + actual + " (expected: " + expected + ")");
  }

  /**
   * The text without what no terminal or log should meet, cut to 100 characters, in quotes: control
   * characters, those that turn a line around or break it, lone surrogates.
   */
  public static String printable(String text) {
    String cut = text.length() > 100 ? text.substring(0, 100) + "…" : text;
    return "\"" + cut.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?") + "\"";
  }
}
