package io.skald.engine.runtime;

import io.skald.engine.machine.Decided;
import io.skald.engine.machine.Entry;
import io.skald.engine.spi.LogRow;
import io.skald.saga.SagaId;
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
import io.skald.saga.view.LogStatus;
import java.util.Optional;

/** What a log row says was decided at a step, in plain words. */
final class DecisionText {
  private DecisionText() {}

  /**
   * The decision, if there is one that stands.
   *
   * @param plan the step the row is of
   */
  static Optional<String> of(LogRow row, StepPlan plan) {
    Optional<String> decided = Optional.ofNullable(row.decision());
    return switch (plan) {
      case ChoicePlan choice -> decided.map(DecisionText::branch);
      case ForEachPlan each -> decided.map(DecisionText::elements);
      case ChildPlan child -> childOf(row, plan).map(id -> "as saga " + id);
      case TaskPlan task -> spent(row);
      case AwaitPlan await -> Optional.empty();
      case DelayPlan delay -> Optional.empty();
      case LockPlan locks -> Optional.empty();
      case RefusalPlan refusal -> Optional.empty();
      case SequencePlan sequence -> Optional.empty();
      case ParallelPlan group -> Optional.empty();
    };
  }

  /** The saga that was started there, if the step is one. */
  static Optional<SagaId> childOf(LogRow row, StepPlan plan) {
    return Optional.ofNullable(row.decision())
        .filter(id -> plan instanceof ChildPlan)
        .map(Decided::new)
        .flatMap(Decided::child);
  }

  private static String branch(String name) {
    return name.isEmpty() ? "none of its branches" : "branch " + name;
  }

  private static String elements(String number) {
    return number.equals("1") ? "1 element" : number + " elements";
  }

  private static Optional<String> spent(LogRow row) {
    Entry entry = Histories.entryOf(row);
    if (entry.isGoneOn()) {
      return Optional.of("the saga went on with another result");
    }
    boolean isAsking = entry.isForOperator() && row.status() != LogStatus.SKIPPED;
    return isAsking ? Optional.of("an operator decides") : Optional.empty();
  }
}
