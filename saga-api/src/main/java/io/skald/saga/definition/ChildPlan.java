package io.skald.saga.definition;

import io.skald.saga.SagaDefinition;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.Objects;

/**
 * Another saga as a step. Its result is that saga's.
 *
 * @param name the step's name, unique in its saga
 * @param child what the other saga runs
 * @param input makes the other saga's input
 */
public record ChildPlan(String name, SagaDefinition<?, ?> child, Derivation<?, ?> input)
    implements StepPlan {
  /** Checks the name, and that nothing is missing. */
  public ChildPlan {
    Check.name("step", name);
    Objects.requireNonNull(child, "child");
    Objects.requireNonNull(input, "input");
  }

  @Override
  public Type resultType() {
    return child.outputType();
  }

  @Override
  public ChildPlan withName(String other) {
    return new ChildPlan(other, child, input);
  }

  @Override
  public ChildPlan from(Derivation<?, ?> derivation) {
    return new ChildPlan(name, child, Derivations.composed(derivation, input));
  }
}
