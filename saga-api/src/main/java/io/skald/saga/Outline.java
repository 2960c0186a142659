package io.skald.saga;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.internal.StepPath;
import java.util.List;
import java.util.stream.Stream;

/** Every step of a definition, those that others hold included. */
final class Outline {
  private Outline() {}

  /** The step itself, then what it holds, from the outside in; for each element, once, as *. */
  static Stream<PlacedStep> of(PlacedStep step) {
    return Stream.concat(Stream.of(step), held(step).flatMap(Outline::of));
  }

  /** Whether the log has a row of its own for the step; what holds others only has none. */
  static boolean isRecorded(StepPlan plan) {
    return !(plan instanceof SequencePlan || plan instanceof ParallelPlan);
  }

  /** What the step holds, directly. */
  static Stream<PlacedStep> held(PlacedStep step) {
    return step.plan() instanceof ForEachPlan each
        ? Stream.of(anyElement(step, each))
        : held(step.plan()).stream().map(step::beside);
  }

  private static PlacedStep anyElement(PlacedStep step, ForEachPlan each) {
    String scope = StepPath.element(step.path(), "*");
    return new PlacedStep(scope + each.step().name(), each.step(), step.position());
  }

  private static List<StepPlan> held(StepPlan plan) {
    return switch (plan) {
      case TaskPlan task -> List.of();
      case SequencePlan sequence -> sequence.steps();
      case ParallelPlan group -> group.branches();
      case ChoicePlan choice -> choice.branches();
      case ForEachPlan each -> List.of(each.step());
      case RefusalPlan refusal -> List.of();
      case DelayPlan delay -> List.of();
      case LockPlan locks -> List.of();
      case AwaitPlan await -> List.of();
      case ChildPlan child -> List.of();
    };
  }
}
