package io.skald.saga.view;

import io.skald.saga.SagaId;
import io.skald.saga.internal.Masked;
import io.skald.saga.internal.StepPath;
import java.time.Duration;

/**
 * Something that happened to a saga and is committed. Holds no payload; its reasons and errors are
 * texts of exceptions, which may quote anything: {@code toString} leaves out what they said.
 * Immutable.
 */
public sealed interface SagaEvent {

  /** The definition's name: one of those that are deployed, so it is fit for a metric label. */
  String definition();

  /** The saga: another one each time, so it is not fit for a metric label. */
  SagaId id();

  /** Something that happened at one step of a saga. */
  sealed interface AtStep extends SagaEvent {

    /**
     * Where the step stands: its name for a plain step, {@code parcels/731/ship} within a {@code
     * forEach}. An element has a path of its own, so it is not fit for a metric label.
     */
    String path();

    /** The step's name: one of those in the definition, so it is fit for a metric label. */
    default String step() {
      return StepPath.name(path());
    }
  }

  /**
   * A saga was started.
   *
   * @param definition the definition's name
   * @param id the saga
   */
  record Started(String definition, SagaId id) implements SagaEvent {}

  /**
   * A step succeeded, in one direction.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   * @param attempt which attempt, from 1
   */
  record StepSucceeded(String definition, SagaId id, String path, Direction direction, int attempt)
      implements AtStep {}

  /**
   * An attempt failed or ended unanswered, and another one will be made.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   * @param attempt which attempt failed, from 1
   * @param error what it said
   * @param delay how long until the next one
   */
  record AttemptFailed(
      String definition,
      SagaId id,
      String path,
      Direction direction,
      int attempt,
      String error,
      Duration delay)
      implements AtStep {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "AttemptFailed[%s %s: %s of %s, attempt %d, %s, delay=%s]"
          .formatted(definition, id, direction, path, attempt, Masked.said(error), delay);
    }
  }

  /**
   * An attempt that was given up at its time limit has answered after all; it changes nothing.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   * @param attempt which attempt, from 1
   */
  record AnsweredLate(String definition, SagaId id, String path, Direction direction, int attempt)
      implements AtStep {}

  /**
   * A step before the pivot, or the pivot, failed permanently, and the saga compensates because of
   * it: out of stock, card declined. The code or its participant said so, with {@link
   * io.skald.saga.error.PermanentFailure}, an exception the step names permanent, or {@link
   * io.skald.saga.Outcome.Failed}. It is an answer, not a fault.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param attempt which attempt, from 1
   * @param error what was said
   */
  record StepFailedPermanently(String definition, SagaId id, String path, int attempt, String error)
      implements AtStep {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "StepFailedPermanently[%s %s: %s, attempt %d, %s]"
          .formatted(definition, id, path, attempt, Masked.said(error));
    }
  }

  /**
   * The saga reached a refusal, and compensates because of it, as the definition has it. It is a
   * decision, not a failure.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param reason why, as the definition says it
   */
  record StepRefused(String definition, SagaId id, String path, String reason) implements AtStep {}

  /**
   * The time in which a signal was to come is over, and the saga compensates because of it, as the
   * definition has it: nobody approved, nobody paid. It is no fault.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param error which signal did not come, and within what time
   */
  record WaitedInVain(String definition, SagaId id, String path, String error) implements AtStep {}

  /**
   * A step will not be attempted again by itself: its attempts are spent, nobody can tell whether
   * it took effect, or it failed permanently where only an operator can help.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   * @param status {@code FAILED} or {@code UNKNOWN}; of a compensation that is skipped then, {@code
   *     SKIPPED}
   * @param error what the last attempt said
   */
  record StepFailed(
      String definition,
      SagaId id,
      String path,
      Direction direction,
      LogStatus status,
      String error)
      implements AtStep {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "StepFailed[%s %s: %s of %s, %s, %s]"
          .formatted(definition, id, direction, path, status, Masked.said(error));
    }
  }

  /**
   * The saga turned around.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param reason why
   */
  record Compensating(String definition, SagaId id, String reason) implements SagaEvent {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "Compensating[%s %s: %s]".formatted(definition, id, Masked.said(reason));
    }
  }

  /**
   * The saga ended.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param status which end
   */
  record Ended(String definition, SagaId id, SagaStatus status) implements SagaEvent {}

  /**
   * The saga needs a human.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param reason why
   */
  record Stuck(String definition, SagaId id, String reason) implements SagaEvent {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "Stuck[%s %s: %s]".formatted(definition, id, Masked.said(reason));
    }
  }
}
