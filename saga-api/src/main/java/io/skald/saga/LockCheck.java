package io.skald.saga;

import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Refuses a wait for no lock, and a sub-saga with a lock that its parent has not: two families of
 * which each holds one lock and wants another could wait for each other for ever.
 */
final class LockCheck {
  private LockCheck() {}

  static void check(String definition, List<PlacedStep> all) {
    List<StepPlan> plans = all.stream().map(PlacedStep::plan).toList();
    Set<String> own = plans.stream().flatMap(LockCheck::names).collect(Collectors.toSet());
    plans.forEach(plan -> check(definition, plan, own));
  }

  private static Stream<String> names(StepPlan plan) {
    return plan instanceof LockPlan locks
        ? locks.locks().stream().map(LockPlan.Lock::name)
        : Stream.empty();
  }

  private static void check(String definition, StepPlan plan, Set<String> own) {
    if (plan instanceof LockPlan locks && locks.locks().isEmpty()) {
      throw new SagaDefinitionException(
          "saga %s has a lockWait(..) and no lock to wait for; add lock(..), or drop it"
              .formatted(definition),
          definition,
          null);
    }
    if (plan instanceof ChildPlan child) {
      child.child().locks().stream()
          .flatMap(LockCheck::names)
          .filter(name -> !own.contains(name))
          .findFirst()
          .ifPresent(name -> refuse(definition, child, name));
    }
  }

  private static void refuse(String definition, ChildPlan child, String lock) {
    throw new SagaDefinitionException(
        """
        saga %s: step %s starts saga %s, which has lock %s, and %1$s has none of that name: a \
        sub-saga shares the locks of its parent and takes no others; add lock("%4$s", ..) to %1$s, \
        with the same key\
        """
            .formatted(definition, child.name(), child.child().name(), lock),
        definition,
        child.name());
  }
}
