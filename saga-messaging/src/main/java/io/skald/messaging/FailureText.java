package io.skald.messaging;

/** Why a message could not be handled, for the operator who reads it beside the message itself. */
final class FailureText {
  private static final int CAUSES_MAX = 5;

  private FailureText() {}

  /** The simple names of the exception and its causes, and what they say. */
  static String of(Throwable failure) {
    var text = new StringBuilder(said(failure));
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      text.append(", caused by ").append(said(cause));
      cause = cause.getCause();
    }
    return text.toString();
  }

  /** An exception of the user's may fail to say what it is about. */
  private static String said(Throwable failure) {
    String name = nameOf(failure);
    try {
      String message = failure.getMessage();
      return message == null ? name : name + ": " + message;
    } catch (RuntimeException | Error e) {
      return name;
    }
  }

  /** What a log may have of it: a message may quote a payload. */
  static String nameOf(Throwable failure) {
    return failure.getClass().getSimpleName();
  }
}
