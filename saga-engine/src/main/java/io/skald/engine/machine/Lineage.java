package io.skald.engine.machine;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What holds a step, from the outside in, and the step itself. Pure.
 *
 * @param steps at least one
 */
record Lineage(List<PlacedStep> steps) {

  /** The lineages of steps at paths of the log, in one walk over the definition. */
  static List<Lineage> of(SagaDefinition<?, ?> definition, List<PlacedStep> steps) {
    List<String> paths = steps.stream().map(PlacedStep::path).toList();
    var found = new HashMap<String, Lineage>();
    definition.steps().forEach(top -> find(top, List.of(), Set.copyOf(paths), found));
    // a step that is retired stands nowhere any more, and so beside nothing
    return steps.stream()
        .map(step -> found.getOrDefault(step.path(), new Lineage(List.of(step))))
        .toList();
  }

  private static void find(
      PlacedStep at, List<PlacedStep> above, Set<String> paths, Map<String, Lineage> found) {
    var trail = new ArrayList<>(above);
    trail.add(at);
    if (paths.contains(at.path())) {
      found.put(at.path(), new Lineage(List.copyOf(trail)));
    }
    held(at, paths).forEach(one -> find(one, trail, paths, found));
  }

  /** What a step holds, as far as it may be on the way to a path. */
  private static Stream<PlacedStep> held(PlacedStep at, Set<String> paths) {
    return switch (at.plan()) {
      case TaskPlan task -> Stream.empty();
      case RefusalPlan refusal -> Stream.empty();
      case DelayPlan delay -> Stream.empty();
      case LockPlan locks -> Stream.empty();
      case AwaitPlan await -> Stream.empty();
      case ChildPlan child -> Stream.empty();
      case SequencePlan sequence -> beside(at, sequence.steps());
      case ParallelPlan group -> beside(at, group.branches());
      case ChoicePlan choice -> beside(at, choice.branches());
      case ForEachPlan each -> elements(at, each, paths);
    };
  }

  private static Stream<PlacedStep> beside(PlacedStep at, List<StepPlan> plans) {
    return plans.stream().map(at::beside);
  }

  private static Stream<PlacedStep> elements(PlacedStep at, ForEachPlan each, Set<String> paths) {
    return paths.stream()
        .flatMapToInt(path -> StepPath.number(at.path(), path).stream())
        .distinct()
        .mapToObj(number -> at.element(each, number));
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
