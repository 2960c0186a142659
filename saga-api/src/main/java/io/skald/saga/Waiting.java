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
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** How long a step takes at least, by the delays in it. */
final class Waiting {
  private Waiting() {}

  static Duration atLeast(StepPlan plan) {
    return switch (plan) {
      case DelayPlan delay -> of(delay);
      case SequencePlan sequence -> sum(sequence.steps());
      case ParallelPlan group ->
          each(group.branches()).stream().max(Comparator.naturalOrder()).orElse(Duration.ZERO);
      case ChildPlan child -> sum(child.child().steps().stream().map(PlacedStep::plan).toList());
      case ChoicePlan choice -> of(choice);
      // a list may be empty, a signal there already
      case ForEachPlan each -> Duration.ZERO;
      case AwaitPlan await -> Duration.ZERO;
      case LockPlan locks -> Duration.ZERO;
      case TaskPlan task -> Duration.ZERO;
      case RefusalPlan refusal -> Duration.ZERO;
    };
  }

  private static Duration sum(List<StepPlan> steps) {
    return each(steps).stream().reduce(Duration.ZERO, Duration::plus);
  }

  private static List<Duration> each(List<StepPlan> steps) {
    return steps.stream().map(Waiting::atLeast).toList();
  }

  private static Duration of(DelayPlan delay) {
    return switch (delay.end()) {
      case DelayPlan.End.After after -> after.duration();
      case DelayPlan.End.At at -> Duration.ZERO;
    };
  }

  private static Duration of(ChoicePlan choice) {
    return choice.otherwise() == null
        ? Duration.ZERO
        : each(choice.branches()).stream().min(Comparator.naturalOrder()).orElse(Duration.ZERO);
  }
}
