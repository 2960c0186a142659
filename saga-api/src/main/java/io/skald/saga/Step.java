package io.skald.saga;

import io.skald.saga.definition.TaskPlan;
import io.skald.saga.step.StepDraft;

/**
 * A place in a saga with a name and a result. Steps are immutable values; a step's identity is its
 * name, so a constant, a bean and a method that builds it anew all do.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
public sealed interface Step<I, R> permits Compensatable, Retriable {

  /** The step as a value to read, for drivers and tools. */
  TaskPlan plan();

  /** The step's name, unique in its saga. */
  default String name() {
    return plan().name();
  }

  /**
   * Begins a step.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @param input the type of the step's input, as a rule the saga's; another one is bound with
   *     {@code from}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  static <I> StepDraft<I> named(String name, Class<I> input) {
    return new StepDraft<>(name, input);
  }
}
