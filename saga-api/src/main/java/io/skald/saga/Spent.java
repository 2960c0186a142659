package io.skald.saga;

import java.util.Objects;

/**
 * What it means that the attempts of a step's action are spent without success: that nobody knows
 * whether it took effect, or for a local step that it was rolled back each time. It says nothing
 * about a permanent failure, which is an answer. Immutable.
 *
 * @param <R> the result of the step
 */
public sealed interface Spent<R> {

  /**
   * The saga compensates; the step itself, too, if it may have taken effect. The default before the
   * pivot and of the pivot.
   */
  record Compensate<R>() implements Spent<R> {}

  /**
   * The saga goes on, and the step has another result. If the saga compensates later, the step is
   * compensated if it may have taken effect, with an empty result.
   *
   * @param fallback the step's result for later steps
   */
  record GoOn<R>(R fallback) implements Spent<R> {
    /** Checks that there is a result. */
    public GoOn {
      Objects.requireNonNull(fallback, "fallback");
    }
  }

  /** The saga is stuck: an operator decides. The default after the pivot. */
  record AskOperator<R>() implements Spent<R> {}

  /** The saga compensates. */
  static <R> Spent<R> compensate() {
    return new Compensate<>();
  }

  /**
   * The saga goes on as if the step's result was {@code fallback}.
   *
   * @param fallback the step's result for later steps
   */
  static <R> Spent<R> goOnWith(R fallback) {
    return new GoOn<>(fallback);
  }

  /** The saga is stuck until an operator decides. */
  static <R> Spent<R> askOperator() {
    return new AskOperator<>();
  }
}
