package io.skald.engine.machine;

import io.skald.saga.Retry;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.LogStatus;
import java.time.Duration;

/**
 * Says what an attempt's end means: the table of what UNKNOWN means, in code. Pure.
 *
 * <p>For a remote action only a refusal proves that nothing happened, and only if no earlier
 * attempt may have taken effect; else the outcome stays unknown.
 */
public final class Judge {
  private Judge() {}

  /**
   * What is to be recorded of an attempt.
   *
   * @param attempt the attempt
   * @param end how it ended
   * @param random a number from 0 (inclusive) to 1 (exclusive), for the jitter of the delay
   */
  public static Verdict judge(Attempted attempt, AttemptEnd end, double random) {
    return switch (end) {
      case AttemptEnd.Succeeded succeeded -> Verdict.last(LogStatus.SUCCEEDED);
      case AttemptEnd.Hopeless hopeless -> Verdict.last(LogStatus.FAILED);
      case AttemptEnd.Disproved disproved -> Verdict.last(LogStatus.FAILED);
      case AttemptEnd.Unverified unverified -> Verdict.last(LogStatus.UNKNOWN);
      case AttemptEnd.Refused refused -> Verdict.last(refused(attempt));
      case AttemptEnd.Unanswered unanswered ->
          switch (attempt.direction()) {
            case ACTION -> unansweredAction(attempt.step(), attempt.spent(), random);
            case COMPENSATION, CANCEL ->
                unanswered(attempt.step().compensationRetry(), attempt.spent(), random);
            case CONFIRM -> unanswered(attempt.step().confirmationRetry(), attempt.spent(), random);
          };
    };
  }

  private static LogStatus refused(Attempted attempt) {
    return switch (attempt.direction()) {
      case ACTION -> attempt.followsDoubt() ? LogStatus.UNKNOWN : LogStatus.FAILED;
      case COMPENSATION, CONFIRM, CANCEL -> LogStatus.FAILED;
    };
  }

  private static Verdict unansweredAction(PlacedStep step, int spent, double random) {
    Retry retry = step.actionRetry();
    Duration delay = retry.delayAfter(Math.max(1, spent), random);
    if (!retry.isSpentAfter(spent)) {
      return new Verdict(LogStatus.RETRYING, delay);
    }
    return switch (step.task().action()) {
      case ActionPlan.Local local -> Verdict.last(LogStatus.FAILED);
      // one more look before the outcome is given up as unknown
      case ActionPlan.Remote remote ->
          remote.verification() == null
              ? Verdict.last(LogStatus.UNKNOWN)
              : new Verdict(LogStatus.RETRYING, delay);
      case ActionPlan.Async async -> Verdict.last(LogStatus.UNKNOWN);
    };
  }

  private static Verdict unanswered(Retry retry, int spent, double random) {
    return retry.isSpentAfter(spent)
        ? Verdict.last(LogStatus.FAILED)
        : new Verdict(LogStatus.RETRYING, retry.delayAfter(Math.max(1, spent), random));
  }
}
