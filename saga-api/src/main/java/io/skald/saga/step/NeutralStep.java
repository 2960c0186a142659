package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.CheckReturnValue;
import java.util.Objects;

/**
 * A step with nothing to compensate and nobody who says no: a delay, or a wait for a signal that
 * goes on without one. It may stand before the pivot or after it. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class NeutralStep<I, R> implements Compensatable<I, R> {
  private final StepPlan plan;

  /**
   * A step of that plan; made with the methods of {@link io.skald.saga.Step}.
   *
   * @param plan the plan
   */
  public NeutralStep(StepPlan plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  @Override
  public StepPlan plan() {
    return plan;
  }

  /** This step inside a group, a sequence or a choice that stands at the pivot or after it. */
  public RetriablePart<I, R> afterPivot() {
    return new RetriablePart<>(plan);
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public NeutralStep<I, R> as(String name) {
    return new NeutralStep<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for everything in it.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> NeutralStep<J, R> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new NeutralStep<>(plan.from(Objects.requireNonNull(derivation, "derivation")));
  }
}
