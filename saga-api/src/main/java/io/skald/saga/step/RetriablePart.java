package io.skald.saga.step;

import io.skald.saga.Retriable;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.CheckReturnValue;
import java.util.Objects;

/**
 * A step at or after the pivot that is no task: it holds other steps, or waits, or decides.
 * Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class RetriablePart<I, R> implements Retriable<I, R> {
  private final StepPlan plan;

  /**
   * A step of that plan; made with the methods of {@link io.skald.saga.Step}.
   *
   * @param plan the plan
   */
  public RetriablePart(StepPlan plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  @Override
  public StepPlan plan() {
    return plan;
  }

  /**
   * This step under another name; the steps it holds keep theirs.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public RetriablePart<I, R> as(String name) {
    return new RetriablePart<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for everything in it.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> RetriablePart<J, R> from(
      Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new RetriablePart<>(plan.from(Objects.requireNonNull(derivation, "derivation")));
  }
}
