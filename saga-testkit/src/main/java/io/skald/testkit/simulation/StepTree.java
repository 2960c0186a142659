package io.skald.testkit.simulation;

import io.skald.saga.SagaDefinition;
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
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Which steps of a definition hold which, whatever has become of them. */
final class StepTree {
  private StepTree() {}

  /** Whether a step is at a path, or holds the one that is. */
  static boolean holds(PlacedStep step, String path) {
    return step.path().equals(path) || held(step, path).anyMatch(one -> holds(one, path));
  }

  /** What a step holds; of its elements the one on the way to a path. */
  private static Stream<PlacedStep> held(PlacedStep step, String path) {
    return switch (step.plan()) {
      case TaskPlan task -> Stream.empty();
      case RefusalPlan refusal -> Stream.empty();
      case DelayPlan delay -> Stream.empty();
      case LockPlan locks -> Stream.empty();
      case AwaitPlan await -> Stream.empty();
      case ChildPlan child -> Stream.empty();
      case SequencePlan sequence -> beside(step, sequence.steps());
      case ParallelPlan group -> beside(step, group.branches());
      case ChoicePlan choice -> beside(step, choice.branches());
      case ForEachPlan each ->
          StepPath.number(step.path(), path).stream()
              .mapToObj(number -> step.element(each, number));
    };
  }

  /** The steps in the order of their plans. */
  static Stream<PlacedStep> beside(PlacedStep step, List<StepPlan> plans) {
    return plans.stream().map(step::beside);
  }

  /** The first elements, so many of them. */
  static Stream<PlacedStep> elements(PlacedStep step, ForEachPlan each, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(number -> step.element(each, number));
  }

  /** Whether two steps are in branches of a group whose branches are compensated together. */
  static boolean areTogether(SagaDefinition<?, ?> definition, String one, String other) {
    Optional<PlacedStep> next = holdingBoth(definition.steps().stream(), one, other);
    Optional<PlacedStep> innermost = Optional.empty();
    while (next.isPresent()) {
      innermost = next;
      next = holdingBoth(held(next.get(), one), one, other);
    }
    return innermost
        .filter(
            step ->
                step.plan() instanceof ParallelPlan group
                    && group.compensations() == ParallelPlan.Compensations.TOGETHER)
        .isPresent();
  }

  private static Optional<PlacedStep> holdingBoth(
      Stream<PlacedStep> steps, String one, String other) {
    return steps.filter(step -> holds(step, one) && holds(step, other)).findFirst();
  }
}
