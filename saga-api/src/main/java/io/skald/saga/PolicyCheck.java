package io.skald.saga;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SpentPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.List;

/** Refuses policies and limits that contradict the place of their step, or never take effect. */
final class PolicyCheck {
  private final String saga;

  private PolicyCheck(String saga) {
    this.saga = saga;
  }

  static void check(String saga, List<PlacedStep> all) {
    var check = new PolicyCheck(saga);
    for (PlacedStep step : all) {
      if (step.plan() instanceof TaskPlan task) {
        check.check(step, task);
      }
    }
  }

  private void check(PlacedStep step, TaskPlan task) {
    Spent<?> spent = task.spent().action();
    if (spent != null) {
      switch (step.position()) {
        case COMPENSATABLE -> {}
        case PIVOT -> checkPivot(task, spent);
        case RETRIABLE -> checkTail(task, spent);
      }
      checkIsEverSpent(step, task);
    }
    checkIsEverSkipped(step, task);
    checkSignsOfLife(task);
  }

  private void checkPivot(TaskPlan task, Spent<?> spent) {
    if (spent instanceof Spent.GoOn<?>) {
      throw refused(
          task,
          "is the pivot, which has to have taken effect before the saga goes on; drop"
              + " ifSpent(Spent.goOnWith(..)), or put the step before or after the pivot");
    }
    boolean mayStand =
        task.action() instanceof ActionPlan.Remote
            && task.compensation() instanceof CompensationPlan.None;
    if (spent instanceof Spent.Compensate<?> && mayStand) {
      throw refused(
          task,
          "is a pivot that may have taken effect when its attempts are spent, and has nothing to"
              + " compensate it by; add compensationIfUnknown(..), or use"
              + " ifSpent(Spent.askOperator())");
    }
  }

  private void checkTail(TaskPlan task, Spent<?> spent) {
    if (spent instanceof Spent.Compensate<?>) {
      throw refused(
          task,
          "follows the pivot and is never compensated; use ifSpent(Spent.askOperator()) or"
              + " ifSpent(Spent.goOnWith(..))");
    }
  }

  private void checkIsEverSpent(PlacedStep step, TaskPlan task) {
    boolean isOnce =
        task.action() instanceof ActionPlan.Remote remote
            && remote.frequency() == ActionPlan.Frequency.AT_MOST_ONCE;
    if (!isOnce && step.actionRetry().attemptsMax().isEmpty()) {
      throw refused(
          task,
          "says what it means that its attempts are spent, and they never are; add retry(..) with"
              + " attemptsMax(..), or drop ifSpent(..)");
    }
  }

  private void checkIsEverSkipped(PlacedStep step, TaskPlan task) {
    if (task.spent().compensation() == SpentPlan.Compensation.SKIP
        && step.compensationRetry().attemptsMax().isEmpty()) {
      throw refused(
          task,
          "skips its compensation once its attempts are spent, and they never are; add"
              + " compensationRetry(..) with attemptsMax(..), or drop"
              + " compensationSkippedIfSpent()");
    }
  }

  private void checkSignsOfLife(TaskPlan task) {
    if (task.action() instanceof ActionPlan.Async async
        && async.heartbeatWithin() != null
        && async.heartbeatWithin().compareTo(async.within()) > 0) {
      throw refused(
          task,
          ("waits for a sign of life for %s and for its completion for %s, so that none is ever"
                  + " missed; shorten heartbeatWithin(..), or lengthen within(..)")
              .formatted(async.heartbeatWithin(), async.within()));
    }
  }

  private SagaDefinitionException refused(TaskPlan task, String why) {
    return new SagaDefinitionException(
        "saga %s: step %s %s".formatted(saga, task.name(), why), saga, task.name());
  }
}
