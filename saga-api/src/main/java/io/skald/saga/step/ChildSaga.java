package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.internal.CheckReturnValue;
import java.util.Objects;

/**
 * Another saga as a step: started with an id of its own in the commit that records it, and linked
 * both ways. While it is stuck, the step waits.
 *
 * <p>Before the pivot, that saga must be one that can be taken back as a whole, so it has neither a
 * pivot nor TCC steps. If it compensates, the step has failed; if an operator resolves it, the
 * outcome of the step is unknown. When the parent compensates, a saga that runs is cancelled and
 * one that has completed is compensated, each before the step counts as compensated. After the
 * pivot, the parent is stuck if that saga compensates or is resolved. Immutable.
 *
 * @param <I> the input of the step
 * @param <O> the result of the other saga, and of the step
 */
@CheckReturnValue
public final class ChildSaga<I, O> implements Compensatable<I, O> {
  private final ChildPlan plan;

  /**
   * A step of that plan; made with {@link io.skald.saga.Step#saga}.
   *
   * @param plan the plan
   */
  public ChildSaga(ChildPlan plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  @Override
  public ChildPlan plan() {
    return plan;
  }

  /** This step after the pivot, where it is never taken back: that saga may have a pivot, too. */
  public RetriablePart<I, O> afterPivot() {
    return new RetriablePart<>(plan);
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public ChildSaga<I, O> as(String name) {
    return new ChildSaga<>(plan.withName(name));
  }
}
