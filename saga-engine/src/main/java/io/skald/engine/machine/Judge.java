package io.skald.engine.machine;

import io.skald.saga.Retry;
import io.skald.saga.Spent;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.LogStatus;
import java.time.Duration;

/**
 * Says what an attempt's end means: the table of what UNKNOWN means, in code. Pure.
 *
 * <p>For a remote action only a permanent failure proves that nothing happened, and only if no
 * earlier attempt may have taken effect; else the outcome stays unknown. Work that was handed out,
 * or may have been, is waited for: it may be in somebody's hands.
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
      case AttemptEnd.Succeeded succeeded -> succeeded(attempt);
      case AttemptEnd.Hopeless hopeless -> Verdict.last(LogStatus.FAILED);
      case AttemptEnd.Disproved disproved -> Verdict.last(LogStatus.FAILED);
      case AttemptEnd.Unverified unverified ->
          waitingOr(attempt.step(), spent(attempt.step(), LogStatus.UNKNOWN));
      case AttemptEnd.Permanent permanent -> permanent(attempt);
      case AttemptEnd.Unanswered unanswered ->
          switch (attempt.direction()) {
            case ACTION -> unansweredAction(attempt.step(), attempt.spent(), random);
            case COMPENSATION, CANCEL -> unansweredCompensation(attempt, random);
            case CONFIRM ->
                unanswered(
                    attempt.step().confirmationRetry(), attempt.spent(), random, LogStatus.FAILED);
          };
    };
  }

  /** That a hand-out returned says no more than that somebody has the work. */
  private static Verdict succeeded(Attempted attempt) {
    return switch (attempt.direction()) {
      case ACTION -> waitingOr(attempt.step(), Verdict.last(LogStatus.SUCCEEDED));
      case COMPENSATION, CONFIRM, CANCEL -> Verdict.last(LogStatus.SUCCEEDED);
    };
  }

  private static Verdict permanent(Attempted attempt) {
    return switch (attempt.direction()) {
      case ACTION ->
          attempt.followsDoubt()
              ? waitingOr(attempt.step(), Verdict.last(LogStatus.UNKNOWN))
              : Verdict.last(LogStatus.FAILED);
      case COMPENSATION, CONFIRM, CANCEL -> Verdict.last(LogStatus.FAILED);
    };
  }

  /** Of an action that is not attempted again, and took effect or may have. */
  private static Verdict waitingOr(PlacedStep step, Verdict other) {
    return switch (step.task().action()) {
      case ActionPlan.Local local -> other;
      case ActionPlan.Remote remote -> other;
      case ActionPlan.Async async -> waiting(async, async.within());
    };
  }

  /**
   * What is to be recorded of a step whose work is in somebody's hands, or may be: the wait until
   * its time is up, or until the next sign of life is due if that is sooner.
   *
   * @param left how much of its time is left; less than nothing counts as nothing
   */
  public static Verdict waiting(ActionPlan.Async async, Duration left) {
    Duration atMost = async.heartbeatWithin();
    Duration wait = atMost != null && atMost.compareTo(left) < 0 ? atMost : left;
    return new Verdict(LogStatus.WAITING, wait.isNegative() ? Duration.ZERO : wait);
  }

  private static Verdict unansweredAction(PlacedStep step, int spent, double random) {
    Retry retry = step.actionRetry();
    Duration delay = retry.delayAfter(Math.max(1, spent), random);
    if (!retry.isSpentAfter(spent)) {
      return new Verdict(LogStatus.RETRYING, delay);
    }
    return switch (step.task().action()) {
      case ActionPlan.Local local -> spent(step, LogStatus.FAILED);
      // one more look before the outcome is given up as unknown
      case ActionPlan.Remote remote ->
          remote.verification() == null
              ? spent(step, LogStatus.UNKNOWN)
              : new Verdict(LogStatus.RETRYING, delay);
      case ActionPlan.Async async -> waiting(async, async.within());
    };
  }

  /**
   * What is to be recorded of an action that will not be attempted again by itself, though nobody
   * said no.
   *
   * @param status {@code FAILED} or {@code UNKNOWN}
   */
  public static Verdict spent(PlacedStep step, LogStatus status) {
    Spent<?> meaning = step.task().spent().action();
    if (meaning == null) {
      return Verdict.last(status);
    }
    return switch (meaning) {
      case Spent.Compensate<?> compensate -> Verdict.last(status);
      case Spent.GoOn<?> on -> new Verdict(status, null, Entry.GO_ON);
      case Spent.AskOperator<?> ask -> new Verdict(status, null, Entry.ASK_OPERATOR);
    };
  }

  private static Verdict unansweredCompensation(Attempted attempt, double random) {
    LogStatus last =
        switch (attempt.step().task().spent().compensation()) {
          case STICK -> LogStatus.FAILED;
          case SKIP -> LogStatus.SKIPPED;
        };
    return unanswered(attempt.step().compensationRetry(), attempt.spent(), random, last);
  }

  private static Verdict unanswered(Retry retry, int spent, double random, LogStatus last) {
    return retry.isSpentAfter(spent)
        ? Verdict.last(last)
        : new Verdict(LogStatus.RETRYING, retry.delayAfter(Math.max(1, spent), random));
  }
}
