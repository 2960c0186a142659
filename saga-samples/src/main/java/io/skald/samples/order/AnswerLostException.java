package io.skald.samples.order;

/** The connection is to break here: the caller never learns what happened. */
final class AnswerLostException extends Exception {
  private static final long serialVersionUID = 1L;

  AnswerLostException() {
    super("the answer is lost on purpose");
  }
}
