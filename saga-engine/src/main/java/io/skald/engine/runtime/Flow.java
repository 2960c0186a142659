package io.skald.engine.runtime;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.StepPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which steps of a definition come before which. Pure. */
final class Flow {
  private Flow() {}

  /**
   * Whether a step has to pass before another one is come to: it stands before it, or holds it.
   * Branches beside each other, and elements, come in no order.
   *
   * @param path a path of the log
   */
  static boolean isBefore(SagaDefinition<?, ?> definition, PlacedStep step, String path) {
    List<PlacedStep> first = trail(definition, step.path());
    List<PlacedStep> second = trail(definition, path);
    int common = 0;
    while (common < Math.min(first.size(), second.size())
        && first.get(common).path().equals(second.get(common).path())) {
      common++;
    }
    if (common == first.size()) {
      return common < second.size();
    }
    if (common == second.size()) {
      return false;
    }
    return common == 0
        ? isBefore(plans(definition.steps()), first.getFirst(), second.getFirst())
        : first.get(common - 1).plan() instanceof SequencePlan sequence
            && isBefore(sequence.steps(), first.get(common), second.get(common));
  }

  private static List<StepPlan> plans(List<PlacedStep> steps) {
    return steps.stream().map(PlacedStep::plan).toList();
  }

  private static boolean isBefore(List<StepPlan> steps, PlacedStep one, PlacedStep other) {
    List<String> names = steps.stream().map(StepPlan::name).toList();
    return names.indexOf(one.name()) < names.indexOf(other.name());
  }

  /** What holds the step at a path, from the outside in, and the step; empty if there is none. */
  private static List<PlacedStep> trail(SagaDefinition<?, ?> definition, String path) {
    return definition.steps().stream()
        .map(step -> trail(step, path))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(List.of());
  }

  private static Optional<List<PlacedStep>> trail(PlacedStep at, String path) {
    if (at.path().equals(path)) {
      return Optional.of(List.of(at));
    }
    return held(at, path).stream()
        .map(one -> trail(one, path))
        .flatMap(Optional::stream)
        .findFirst()
        .map(
            inner -> {
              var whole = new ArrayList<PlacedStep>(List.of(at));
              whole.addAll(inner);
              return List.copyOf(whole);
            });
  }

  private static List<PlacedStep> held(PlacedStep at, String path) {
    return switch (at.plan()) {
      case SequencePlan sequence -> sequence.steps().stream().map(at::beside).toList();
      case ParallelPlan group -> group.branches().stream().map(at::beside).toList();
      case ChoicePlan choice -> choice.branches().stream().map(at::beside).toList();
      case ForEachPlan each ->
          StepPath.number(at.path(), path).stream()
              .mapToObj(number -> at.element(each, number))
              .toList();
      case StepPlan other -> List.of();
    };
  }
}
