package io.skald.engine;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A step a saga can stand at, and how it gets there.
 *
 * @param step the step; of a {@code forEach} that of the last element
 * @param taken the branch to be taken at choices, by their names, where it is not the usual one
 */
record Station(PlacedStep step, Map<String, String> taken) {
  /** How many elements each {@code forEach} has. */
  static final int ELEMENTS = 2;

  /** Every station, in the order of the definition. */
  static List<Station> of(SagaDefinition<?, ?> definition) {
    return definition.steps().stream()
        .flatMap(step -> new Station(step, Map.of()).withHeld())
        .toList();
  }

  /** This one, if a saga can stand there, then those of the steps it holds. */
  private Stream<Station> withHeld() {
    return switch (step.plan()) {
      case TaskPlan task -> Stream.of(this);
      case RefusalPlan refusal -> Stream.of(this);
      case DelayPlan delay -> Stream.of(this);
      case LockPlan locks -> Stream.of(this);
      case AwaitPlan await -> Stream.of(this);
      case ChildPlan child -> Stream.of(this);
      case SequencePlan sequence -> beside(sequence.steps());
      case ParallelPlan group -> beside(group.branches());
      case ChoicePlan choice ->
          Stream.concat(
              Stream.of(this),
              choice.branches().stream().flatMap(branch -> taking(branch).withHeld()));
      case ForEachPlan each ->
          Stream.concat(
              Stream.of(this), new Station(step.element(each, ELEMENTS), taken).withHeld());
    };
  }

  private Stream<Station> beside(List<StepPlan> held) {
    return held.stream().flatMap(plan -> new Station(step.beside(plan), taken).withHeld());
  }

  private Station taking(StepPlan branch) {
    Map<String, String> more = new HashMap<>(taken);
    more.put(step.name(), branch.name());
    return new Station(step.beside(branch), Map.copyOf(more));
  }

  /** The branch a choice takes on the way here; empty for none. */
  String branchOf(ChoicePlan choice) {
    return taken.getOrDefault(choice.name(), usual(choice));
  }

  private static String usual(ChoicePlan choice) {
    String otherwise = choice.otherwise() == null ? "" : choice.otherwise().name();
    return choice.branches().stream()
        .filter(branch -> !isEnd(branch))
        .findFirst()
        .map(StepPlan::name)
        .orElse(otherwise);
  }

  /** Whether the forward path ends in a step whatever happens. */
  private static boolean isEnd(StepPlan plan) {
    return switch (plan) {
      case RefusalPlan refusal -> true;
      case TaskPlan task -> false;
      case DelayPlan delay -> false;
      case LockPlan locks -> false;
      case AwaitPlan await -> false;
      case ChildPlan child -> false;
      case SequencePlan sequence -> sequence.steps().stream().anyMatch(Station::isEnd);
      case ParallelPlan group -> group.branches().stream().anyMatch(Station::isEnd);
      case ForEachPlan each -> isEnd(each.step());
      case ChoicePlan choice ->
          choice.otherwise() != null && choice.branches().stream().allMatch(Station::isEnd);
    };
  }
}
