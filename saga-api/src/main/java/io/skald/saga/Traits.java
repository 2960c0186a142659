package io.skald.saga;

import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import java.util.Collection;

/**
 * What holds for a definition as a whole because of its steps.
 *
 * @param sequential whether no two actions of a saga are ever under way at the same time
 * @param confirmations whether any step is a TCC step
 * @param compensatedTogether whether any compensations may be under way at the same time
 */
record Traits(boolean sequential, boolean confirmations, boolean compensatedTogether) {

  static Traits of(Collection<PlacedStep> steps) {
    return new Traits(
        steps.stream().noneMatch(Traits::isConcurrent),
        steps.stream().anyMatch(Traits::isConfirmed),
        steps.stream().anyMatch(Traits::isTogether));
  }

  private static boolean isConcurrent(PlacedStep step) {
    return step.plan() instanceof ParallelPlan
        || (step.plan() instanceof ForEachPlan each && each.concurrency() > 1);
  }

  private static boolean isConfirmed(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.confirmation() != null;
  }

  private static boolean isTogether(PlacedStep step) {
    return step.plan() instanceof ParallelPlan group
        && group.compensations() == ParallelPlan.Compensations.TOGETHER;
  }
}
