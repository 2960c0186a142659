package io.skald.saga.definition;

/**
 * The names of signals that the engine itself sends to a step, by its path. No {@link
 * io.skald.saga.Signal} can have one: neither mark is allowed in a name.
 */
public final class SignalName {
  private static final String COMPLETION = "@";
  private static final String NEWS = "~";

  private SignalName() {}

  /** The name of the signal that completes a wait: there is at most one of it, ever. */
  public static String completionOf(WaitPoint point) {
    return COMPLETION + point.text();
  }

  /** Whether a signal of that name completes a step. */
  public static boolean isCompletion(String name) {
    return name.startsWith(COMPLETION);
  }

  /** The name of a signal that says that a saga which the step at a path started has ended. */
  public static String newsOf(String path) {
    return NEWS + path;
  }

  /** The name of a signal that says that whoever has the work of a step is alive. */
  public static String newsOf(WaitPoint point) {
    return newsOf(point.text());
  }

  /** What a completion, or a sign of life, is for. */
  public static WaitPoint pointOf(String name) {
    return WaitPoint.parse(name.substring(1));
  }

  /**
   * Whether a signal of that name says that something has happened to a step. They may be many, and
   * hold nothing.
   */
  public static boolean isNews(String name) {
    return name.startsWith(NEWS);
  }
}
