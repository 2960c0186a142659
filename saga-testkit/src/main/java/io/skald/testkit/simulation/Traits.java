package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;

/** What a placed step is, and what a row of the log says of it. */
final class Traits {
  private Traits() {}

  /** Whether the attempts of an action were spent, and its definition said to go on. */
  static boolean isGoneOn(LogRow action) {
    return action.status().isFinal() && "go on".equals(action.decision());
  }

  /** Whether an operator gave an action that failed the whole budget once more. */
  static boolean isRenewed(LogRow action) {
    return action.status() == LogStatus.FAILED
        && action.attempt() > 0
        && action.attempt() == action.attemptBase();
  }

  static boolean isLocal(PlacedStep step, Direction direction) {
    return step.plan() instanceof TaskPlan task
        && switch (direction) {
          case ACTION -> task.action() instanceof ActionPlan.Local;
          case COMPENSATION -> task.compensation() instanceof CompensationPlan.Local;
          case CONFIRM, CANCEL -> false;
        };
  }

  static boolean isRemote(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.action() instanceof ActionPlan.Remote;
  }

  static boolean isAtMostOnce(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && task.action() instanceof ActionPlan.Remote remote
        && remote.frequency() == ActionPlan.Frequency.AT_MOST_ONCE;
  }

  /** Whether the step is a TCC step. */
  static boolean isConfirmed(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.confirmation() != null;
  }

  /** The direction in which the step's action is taken back. */
  static Direction backward(PlacedStep step) {
    return isConfirmed(step) ? Direction.CANCEL : Direction.COMPENSATION;
  }

  /** Whether an action that ended like that has to be compensated when the saga turns around. */
  static boolean owes(PlacedStep step, LogStatus end) {
    if (step.plan() instanceof ChildPlan) {
      return end == LogStatus.SUCCEEDED || end == LogStatus.UNKNOWN;
    }
    return switch (compensation(step)) {
      case CompensationPlan.None none -> false;
      case CompensationPlan.Local local -> end == LogStatus.SUCCEEDED;
      case CompensationPlan.Remote remote ->
          end == LogStatus.UNKNOWN
              || (end == LogStatus.SUCCEEDED
                  && remote.when() == CompensationPlan.When.SUCCEEDED_OR_UNKNOWN);
    };
  }

  static boolean hasCompensation(PlacedStep step) {
    return !(compensation(step) instanceof CompensationPlan.None);
  }

  private static CompensationPlan compensation(PlacedStep step) {
    return step.plan() instanceof TaskPlan task ? task.compensation() : new CompensationPlan.None();
  }
}
