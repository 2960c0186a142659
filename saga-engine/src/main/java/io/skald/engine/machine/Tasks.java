package io.skald.engine.machine;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;

/** What kind of task a step is. */
public final class Tasks {
  private Tasks() {}

  /** Whether the action is made inside a local transaction. */
  static boolean isLocal(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.action() instanceof ActionPlan.Local;
  }

  /** Whether the action is made outside any transaction: it may take effect without an answer. */
  static boolean isRemote(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && !(task.action() instanceof ActionPlan.Local);
  }

  /** Whether no attempt of the action that may have been made is made again. */
  static boolean isAtMostOnce(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && task.action() instanceof ActionPlan.Remote remote
        && remote.frequency() == ActionPlan.Frequency.AT_MOST_ONCE;
  }

  /** Whether the compensation is made inside a local transaction. */
  static boolean isCompensatedLocally(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && task.compensation() instanceof CompensationPlan.Local;
  }

  /** Whether the step is a TCC step. */
  public static boolean isConfirmed(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.confirmation() != null;
  }

  /** The direction in which what the step's action did is taken back. */
  public static Direction backward(PlacedStep step) {
    return isConfirmed(step) ? Direction.CANCEL : Direction.COMPENSATION;
  }
}
