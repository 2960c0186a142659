package io.skald.saga.definition;

/**
 * The names of signals that the engine itself sends to a step, by its path. No {@link
 * io.skald.saga.Signal} can have one: neither mark is allowed in a name.
 */
public final class SignalName {
  private static final String COMPLETION = "@";
  private static final String NEWS = "~";

  private SignalName() {}

  /** The name of the signal that completes the step at a path: there is at most one of it, ever. */
  public static String completionOf(String path) {
    return COMPLETION + path;
  }

  /** Whether a signal of that name completes a step. */
  public static boolean isCompletion(String name) {
    return name.startsWith(COMPLETION);
  }

  /**
   * The name of a signal that says that something has happened to the step at a path: that a saga
   * it started has ended, or that whoever has its work is alive. They may be many, and hold
   * nothing.
   */
  public static String newsOf(String path) {
    return NEWS + path;
  }

  /** Whether a signal of that name says that something has happened to a step. */
  public static boolean isNews(String name) {
    return name.startsWith(NEWS);
  }
}
