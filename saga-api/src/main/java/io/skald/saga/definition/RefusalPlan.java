package io.skald.saga.definition;

import io.skald.saga.Done;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.Objects;

/**
 * A decision to end the forward path. It never succeeds.
 *
 * @param name the step's name, unique in its saga
 * @param reason says why, for people
 */
public record RefusalPlan(String name, Derivation<?, String> reason) implements StepPlan {
  /** Checks the name, and that there is a reason. */
  public RefusalPlan {
    Check.name("step", name);
    Objects.requireNonNull(reason, "reason");
  }

  @Override
  public Type resultType() {
    return Done.class;
  }

  @Override
  public RefusalPlan withName(String other) {
    return new RefusalPlan(other, reason);
  }

  @Override
  public RefusalPlan from(Derivation<?, ?> derivation) {
    return new RefusalPlan(name, Derivations.composed(derivation, reason));
  }
}
