package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.internal.CheckReturnValue;
import java.util.Objects;

/**
 * Steps beside each other before the pivot, joined at the end. If one fails, those under way are
 * waited for, up to their time limits; then what has, or may have, taken effect is compensated, by
 * default one after another in reverse order of completion. Immutable.
 *
 * @param <I> the input of the branches
 */
@CheckReturnValue
public final class ParallelGroup<I> implements Compensatable<I, Done> {
  private final ParallelPlan plan;

  /**
   * A group of that plan; made with {@link io.skald.saga.Step#parallel}.
   *
   * @param plan the plan
   */
  public ParallelGroup(ParallelPlan plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  @Override
  public ParallelPlan plan() {
    return plan;
  }

  /**
   * Compensates the branches beside each other; within a branch it stays the reverse order of
   * completion. What completed after the group is compensated before it all the same.
   */
  public ParallelGroup<I> compensatedTogether() {
    return new ParallelGroup<>(
        new ParallelPlan(plan.name(), plan.branches(), ParallelPlan.Compensations.TOGETHER));
  }

  /**
   * This group under another name; its branches keep theirs.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public ParallelGroup<I> as(String name) {
    return new ParallelGroup<>(plan.withName(name));
  }

  /**
   * This group with an input that is derived from another one, for everything in it.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this group's input; pure
   */
  public <J> ParallelGroup<J> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new ParallelGroup<>(plan.from(Objects.requireNonNull(derivation, "derivation")));
  }
}
