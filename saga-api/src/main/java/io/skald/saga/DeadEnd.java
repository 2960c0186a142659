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
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A step that refuses whatever the input, so that nothing gets beyond it. */
final class DeadEnd {
  private DeadEnd() {}

  /** The step itself, or the one in it that is always reached, if there is one. */
  static Optional<StepPlan> in(StepPlan plan) {
    return switch (plan) {
      case RefusalPlan refusal -> Optional.of(refusal);
      case SequencePlan sequence -> anyOf(sequence.steps());
      case ParallelPlan group -> anyOf(group.branches());
      case ChoicePlan choice -> Optional.<StepPlan>of(choice).filter(all -> isOne(choice));
      // a list may be empty
      case ForEachPlan each -> Optional.empty();
      case TaskPlan task -> Optional.empty();
      case DelayPlan delay -> Optional.empty();
      case LockPlan locks -> Optional.empty();
      case AwaitPlan await -> Optional.empty();
      case ChildPlan child -> Optional.empty();
    };
  }

  private static Optional<StepPlan> anyOf(List<StepPlan> steps) {
    return steps.stream().flatMap(step -> in(step).stream()).findFirst();
  }

  private static boolean isOne(ChoicePlan choice) {
    Stream<StepPlan> branches = choice.branches().stream();
    return choice.otherwise() != null && branches.allMatch(branch -> in(branch).isPresent());
  }
}
