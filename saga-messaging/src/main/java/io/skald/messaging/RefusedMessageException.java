package io.skald.messaging;

/** No broker of this kind will ever take the message as it is: another try is of no use. */
public final class RefusedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * A refusal.
   *
   * @param message why, without what the message says
   */
  public RefusedMessageException(String message) {
    super(message);
  }

  /**
   * A refusal.
   *
   * @param message why, without what the message says
   * @param cause what the client library threw
   */
  public RefusedMessageException(String message, Throwable cause) {
    super(message, cause);
  }
}
