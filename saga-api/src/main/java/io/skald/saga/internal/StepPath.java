package io.skald.saga.internal;

import java.util.OptionalInt;

/**
 * The path of a step, as the log has it: the step's name, after its scope. Within a {@code forEach}
 * the scope is that of one element: {@code ship-parcels/3/} in {@code ship-parcels/3/ship-parcel}.
 */
public final class StepPath {
  /** The path of the step at which a saga takes its locks; no other step can have that name. */
  public static final String LOCKS = "@locks";

  private static final char SEPARATOR = '/';

  private StepPath() {}

  /** The name of the step at a path. */
  public static String name(String path) {
    return path.substring(path.lastIndexOf(SEPARATOR) + 1);
  }

  /** The scope of the step at a path; empty outside every {@code forEach}. */
  public static String scope(String path) {
    return path.substring(0, path.lastIndexOf(SEPARATOR) + 1);
  }

  /**
   * The scope of an element.
   *
   * @param each the path of the {@code forEach}
   * @param number which element, from 1; {@code *} for any of them
   */
  public static String element(String each, String number) {
    return each + SEPARATOR + number + SEPARATOR;
  }

  /**
   * The path of the {@code forEach} to an element of which a scope belongs.
   *
   * @param scope not empty
   */
  public static String each(String scope) {
    return scope.substring(0, scope.lastIndexOf(SEPARATOR, scope.length() - 2));
  }

  /**
   * Which element of a {@code forEach} a path leads through, from 1; empty if it leads elsewhere.
   *
   * @param each the path of the {@code forEach}
   */
  public static OptionalInt number(String each, String path) {
    String start = each + SEPARATOR;
    return path.startsWith(start)
        ? OptionalInt.of(
            Integer.parseInt(
                path.substring(start.length(), path.indexOf(SEPARATOR, start.length()))))
        : OptionalInt.empty();
  }
}
