package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What holds a step, from the outside in, and the step itself. Pure.
 *
 * @param steps at least one
 */
record Lineage(List<PlacedStep> steps) {

  /** The lineage of a step at a path of the log. */
  static Lineage of(SagaDefinition<?, ?> definition, PlacedStep step) {
    return definition.steps().stream()
        .map(top -> find(top, step.path()))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(step.path() + " stands nowhere"));
  }

  private static Optional<Lineage> find(PlacedStep at, String path) {
    if (at.path().equals(path)) {
      return Optional.of(new Lineage(List.of(at)));
    }
    return held(at, path)
        .map(one -> find(one, path))
        .flatMap(Optional::stream)
        .findFirst()
        .map(below -> new Lineage(Stream.concat(Stream.of(at), below.steps().stream()).toList()));
  }

  /** What a step holds, as far as it may be on the way to a path. */
  private static Stream<PlacedStep> held(PlacedStep at, String path) {
    return switch (at.plan()) {
      case TaskPlan task -> Stream.empty();
      case RefusalPlan refusal -> Stream.empty();
      case DelayPlan delay -> Stream.empty();
      case AwaitPlan await -> Stream.empty();
      case ChildPlan child -> Stream.empty();
      case SequencePlan sequence -> beside(at, sequence.steps());
      case ParallelPlan group -> beside(at, group.branches());
      case ChoicePlan choice -> beside(at, choice.branches());
      case ForEachPlan each -> element(at, each, path).stream();
    };
  }

  private static Stream<PlacedStep> beside(PlacedStep at, List<StepPlan> plans) {
    return plans.stream().map(at::beside);
  }

  private static Optional<PlacedStep> element(PlacedStep at, ForEachPlan each, String path) {
    String scope = at.path() + "/";
    if (!path.startsWith(scope)) {
      return Optional.empty();
    }
    String rest = path.substring(scope.length());
    return Optional.of(at.element(each, Integer.parseInt(rest.substring(0, rest.indexOf('/')))));
  }

  /** Whether the two steps are in branches of a group whose branches are compensated together. */
  boolean areTogether(Lineage other) {
    int common = 0;
    while (common < Math.min(steps.size(), other.steps.size())
        && steps.get(common).path().equals(other.steps.get(common).path())) {
      common++;
    }
    return common > 0
        && steps.get(common - 1).plan() instanceof ParallelPlan group
        && group.compensations() == ParallelPlan.Compensations.TOGETHER;
  }
}
