package io.skald.testkit.simulation;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;

/** What a placed step is. */
final class Traits {
  private Traits() {}

  static boolean isLocal(PlacedStep step, Direction direction) {
    return switch (direction) {
      case ACTION -> step.task().action() instanceof ActionPlan.Local;
      case COMPENSATION -> step.task().compensation() instanceof CompensationPlan.Local;
      case CONFIRM, CANCEL -> false;
    };
  }

  static boolean isRemote(PlacedStep step) {
    return step.task().action() instanceof ActionPlan.Remote;
  }

  /** Whether an action that ended like that has to be compensated when the saga turns around. */
  static boolean owes(PlacedStep step, LogStatus end) {
    return switch (step.task().compensation()) {
      case CompensationPlan.None none -> false;
      case CompensationPlan.Local local -> end == LogStatus.SUCCEEDED;
      case CompensationPlan.Remote remote ->
          end == LogStatus.UNKNOWN
              || (end == LogStatus.SUCCEEDED
                  && remote.when() == CompensationPlan.When.SUCCEEDED_OR_UNKNOWN);
    };
  }

  static boolean hasCompensation(PlacedStep step) {
    return !(step.task().compensation() instanceof CompensationPlan.None);
  }
}
