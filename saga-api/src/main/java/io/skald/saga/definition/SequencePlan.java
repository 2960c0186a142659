package io.skald.saga.definition;

import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.List;

/**
 * Steps one after another, where one is expected. Its result is that of the last one.
 *
 * @param name the sequence's name, unique in its saga
 * @param steps the steps in order, at least one
 */
public record SequencePlan(String name, List<StepPlan> steps) implements StepPlan {
  /** Checks the name, and that there is a step. */
  public SequencePlan {
    Check.name("step", name);
    steps = Check.atLeastOne(Check.ofStep(name, "steps"), steps);
  }

  @Override
  public Type resultType() {
    return steps.getLast().resultType();
  }

  @Override
  public SequencePlan withName(String other) {
    return new SequencePlan(other, steps);
  }

  @Override
  public SequencePlan from(Derivation<?, ?> derivation) {
    return new SequencePlan(name, steps.stream().map(step -> step.from(derivation)).toList());
  }
}
