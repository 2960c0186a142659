package io.skald.saga;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import java.util.Optional;

/** A choice that has no result when no case holds. */
final class OpenChoice {
  private OpenChoice() {}

  /** That choice, if the result of a step may be its. */
  static Optional<ChoicePlan> in(StepPlan plan) {
    return switch (plan) {
      case ChoicePlan choice when choice.otherwise() == null && choice.resultType() != Done.class ->
          Optional.of(choice);
      case ChoicePlan choice ->
          choice.branches().stream().flatMap(branch -> in(branch).stream()).findFirst();
      case SequencePlan sequence -> in(sequence.steps().getLast());
      case TaskPlan task -> Optional.empty();
      case ParallelPlan group -> Optional.empty();
      case ForEachPlan each -> Optional.empty();
      case RefusalPlan refusal -> Optional.empty();
      case DelayPlan delay -> Optional.empty();
      case LockPlan locks -> Optional.empty();
      case AwaitPlan await -> Optional.empty();
      case ChildPlan child -> Optional.empty();
    };
  }
}
