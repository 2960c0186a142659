package io.skald.saga;

import io.skald.saga.internal.Masked;

/**
 * How a saga ended, as far as the one who waits can tell. {@link Stuck} is no end: it is what a
 * bounded wait answers when the saga needs a human.
 *
 * @param <O> the saga's result
 */
public sealed interface SagaEnd<O> {

  /**
   * Every step succeeded.
   *
   * @param <O> the saga's result
   * @param output the saga's result
   */
  record Completed<O>(O output) implements SagaEnd<O> {
    /** For logs: without the result. */
    @Override
    public String toString() {
      return "Completed[output=%s]".formatted(Masked.value(output));
    }
  }

  /**
   * The saga could not go on, and every step that had, or may have, taken effect was compensated.
   *
   * @param <O> the saga's result
   * @param failedStep the step that could not go on, or the step the saga stood at when it was
   *     cancelled, or its deadline passed, or what was left of it is kept for compensation
   * @param reason why
   */
  record Compensated<O>(String failedStep, String reason) implements SagaEnd<O> {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "Compensated[failedStep=%s, reason=%s]".formatted(failedStep, Masked.said(reason));
    }
  }

  /**
   * An operator closed the saga by hand.
   *
   * @param <O> the saga's result
   * @param actor who
   * @param reason why
   */
  record Resolved<O>(String actor, String reason) implements SagaEnd<O> {}

  /**
   * The saga needs a human.
   *
   * @param <O> the saga's result
   * @param step where it stands; empty if no step is to blame, as where the result cannot be made
   * @param reason why it cannot go on
   */
  record Stuck<O>(String step, String reason) implements SagaEnd<O> {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "Stuck[step=%s, reason=%s]".formatted(step, Masked.said(reason));
    }
  }
}
