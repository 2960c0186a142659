package io.skald.saga.step;

import io.skald.saga.Step;
import java.util.Optional;

/**
 * The recorded results of the steps of a saga. A step is identified by its name. A step within a
 * {@code forEach} has a result for each element: it is found from the steps of the same element,
 * and elsewhere there is the list, the result of the {@code forEach}.
 */
public interface Results {

  /**
   * The recorded result of a step that succeeded.
   *
   * @throws IllegalStateException if the step has no recorded result: it comes later, it was not
   *     chosen, its outcome is unknown, or the saga has no step of that name
   */
  <R> R resultOf(Step<?, R> step);

  /** The recorded result of a step, or empty if it has none. */
  <R> Optional<R> findResultOf(Step<?, R> step);
}
