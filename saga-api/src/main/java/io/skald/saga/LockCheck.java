package io.skald.saga;

import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.List;

/** Refuses a wait for no lock, and one that could last for ever while other locks are held. */
final class LockCheck {
  private LockCheck() {}

  static void check(String definition, List<PlacedStep> all) {
    all.stream().map(PlacedStep::plan).forEach(plan -> check(definition, plan));
  }

  private static void check(String definition, StepPlan plan) {
    if (plan instanceof LockPlan locks && locks.locks().isEmpty()) {
      throw new SagaDefinitionException(
          "saga %s has a lockWait(..) and no lock to wait for; add lock(..), or drop it"
              .formatted(definition),
          definition,
          null);
    }
    if (plan instanceof ChildPlan child && waitsWithoutLimit(child.child())) {
      throw new SagaDefinitionException(
          ("saga %s: step %s starts saga %s, which waits for its locks without limit while %1$s may"
               + " hold locks of its own: two such sagas could wait for each other for ever; give"
               + " %3$s a lockWait(..) or a deadline(..)")
              .formatted(definition, child.name(), child.child().name()),
          definition,
          child.name());
    }
  }

  private static boolean waitsWithoutLimit(SagaDefinition<?, ?> child) {
    return child.deadline().isEmpty()
        && child.steps().getFirst().plan() instanceof LockPlan locks
        && locks.patience() instanceof LockWait.UntilDeadline;
  }
}
