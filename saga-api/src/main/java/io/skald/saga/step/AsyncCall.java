package io.skald.saga.step;

/** An attempt to hand work out. */
public interface AsyncCall extends Call {

  /**
   * The token with which the step is completed, see {@code SagaClient.complete}: the same for each
   * attempt, bound to this saga and step, and a secret; whoever has it can complete the step. At
   * most 400 characters of {@code [a-zA-Z0-9._/-]}.
   */
  String completionToken();
}
