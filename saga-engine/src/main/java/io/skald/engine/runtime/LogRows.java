package io.skald.engine.runtime;

import io.skald.engine.machine.Decided;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.SagaState;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;

/**
 * How many rows the log of a saga may come to: one for each action, and one in reserve for each
 * compensation or confirmation, so that whatever was done can always be recorded as compensated.
 * Only the elements of a {@code forEach} make them many, so they are counted when one is listed.
 */
final class LogRows {
  private LogRows() {}

  /**
   * The number once another list has been made.
   *
   * @param each what the list is of
   * @param elements how many it has
   */
  static int with(
      SagaDefinition<?, ?> definition, SagaState state, ForEachPlan each, int elements) {
    int steps = definition.steps().stream().map(PlacedStep::plan).mapToInt(LogRows::of).sum();
    int listed =
        state.latestFirst(Direction.ACTION).mapToInt(entry -> listed(definition, entry)).sum();
    return steps + listed + elements * of(each.step());
  }

  private static int listed(SagaDefinition<?, ?> definition, Entry entry) {
    return definition
        .stepAt(entry.path())
        .map(PlacedStep::plan)
        .map(plan -> plan instanceof ForEachPlan each ? elements(entry) * of(each.step()) : 0)
        .orElse(0);
  }

  private static int elements(Entry list) {
    return list.decision().flatMap(Decided::elements).orElse(0);
  }

  /** At the most, and without the elements of a {@code forEach}. */
  private static int of(StepPlan plan) {
    return switch (plan) {
      case TaskPlan task -> task.compensation() instanceof CompensationPlan.None ? 1 : 2;
      case ChildPlan child -> 2;
      case SequencePlan sequence -> sequence.steps().stream().mapToInt(LogRows::of).sum();
      case ParallelPlan group -> group.branches().stream().mapToInt(LogRows::of).sum();
      case ChoicePlan choice ->
          1 + choice.branches().stream().mapToInt(LogRows::of).max().orElse(0);
      case ForEachPlan each -> 1;
      case RefusalPlan refusal -> 1;
      case DelayPlan delay -> 1;
      case LockPlan locks -> 1;
      case AwaitPlan await -> 1;
    };
  }
}
