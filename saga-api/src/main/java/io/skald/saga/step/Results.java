package io.skald.saga.step;

import io.skald.saga.Step;
import java.util.Optional;

/** The recorded results of the steps of a saga. A step is identified by its name. */
public interface Results {

  /**
   * The recorded result of a step that succeeded.
   *
   * @throws IllegalStateException if the step has no recorded result: it comes later, its outcome
   *     is unknown, or the saga has no step of that name
   */
  <R> R resultOf(Step<?, R> step);

  /** The recorded result of a step, or empty if it has none. */
  <R> Optional<R> findResultOf(Step<?, R> step);
}
