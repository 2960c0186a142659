package io.skald.engine.machine;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;

/** What kind of task a step is. */
final class Tasks {
  private Tasks() {}

  /** Whether the action is made inside a local transaction. */
  static boolean isLocal(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.action() instanceof ActionPlan.Local;
  }

  /** Whether the action is made outside any transaction. */
  static boolean isRemote(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.action() instanceof ActionPlan.Remote;
  }

  /** Whether the compensation is made inside a local transaction. */
  static boolean isCompensatedLocally(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && task.compensation() instanceof CompensationPlan.Local;
  }
}
