package io.skald.saga.definition;

import io.skald.saga.Done;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Objects;

/**
 * Steps beside each other, joined at the end.
 *
 * @param name the group's name, unique in its saga
 * @param branches the steps, at least one
 * @param compensations how its branches are compensated
 */
public record ParallelPlan(String name, List<StepPlan> branches, Compensations compensations)
    implements StepPlan {
  /** Checks the name, and that there is a branch. */
  public ParallelPlan {
    Check.name("step", name);
    branches = Check.atLeastOne(Check.ofStep(name, "branches"), branches);
    Objects.requireNonNull(compensations, "compensations");
  }

  /** How the branches of a group are compensated. */
  public enum Compensations {
    /** One after another, in reverse order of completion. */
    ONE_BY_ONE,
    /** Beside each other; within a branch in reverse order of completion. */
    TOGETHER
  }

  @Override
  public Type resultType() {
    return Done.class;
  }

  @Override
  public ParallelPlan withName(String other) {
    return new ParallelPlan(other, branches, compensations);
  }

  @Override
  public ParallelPlan from(Derivation<?, ?> derivation) {
    return new ParallelPlan(
        name, branches.stream().map(branch -> branch.from(derivation)).toList(), compensations);
  }
}
