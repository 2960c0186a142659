package io.skald.saga.view;

import io.skald.saga.SagaId;
import java.time.Duration;

/**
 * Something that happened to a saga and is committed. Holds no payload; its reasons and errors are
 * texts of exceptions. Immutable.
 */
public sealed interface SagaEvent {

  /** The definition's name. */
  String definition();

  /** The saga. */
  SagaId id();

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
   * @param step the step's name
   * @param direction action or compensation
   * @param attempt which attempt, from 1
   */
  record StepSucceeded(String definition, SagaId id, String step, Direction direction, int attempt)
      implements SagaEvent {}

  /**
   * An attempt failed or ended unanswered, and another one will be made.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param step the step's name
   * @param direction action or compensation
   * @param attempt which attempt failed, from 1
   * @param error what it said
   * @param delay how long until the next one
   */
  record AttemptFailed(
      String definition,
      SagaId id,
      String step,
      Direction direction,
      int attempt,
      String error,
      Duration delay)
      implements SagaEvent {}

  /**
   * An attempt that was given up at its time limit has answered after all; it changes nothing.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param step the step's name
   * @param direction action or compensation
   * @param attempt which attempt, from 1
   */
  record AnsweredLate(String definition, SagaId id, String step, Direction direction, int attempt)
      implements SagaEvent {}

  /**
   * A step before the pivot, or the pivot, was refused, and the saga compensates because of it: out
   * of stock, card declined. The code or its participant said so, with {@link
   * io.skald.saga.error.PermanentFailure}, an exception the step names permanent, or {@link
   * io.skald.saga.Outcome.Failed}. It is an answer, not a fault.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param step the step's name
   * @param attempt which attempt, from 1
   * @param error what was said
   */
  record StepRefused(String definition, SagaId id, String step, int attempt, String error)
      implements SagaEvent {}

  /**
   * The time in which a signal was to come is over, and the saga compensates because of it, as the
   * definition has it: nobody approved, nobody paid. It is no fault.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param step the step's name
   * @param error which signal did not come, and within what time
   */
  record WaitedInVain(String definition, SagaId id, String step, String error)
      implements SagaEvent {}

  /**
   * A step will not be attempted again by itself: its attempts are spent, nobody can tell whether
   * it took effect, or it was refused where only an operator can help.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param step the step's name
   * @param direction action or compensation
   * @param status {@code FAILED} or {@code UNKNOWN}; of a compensation that is skipped then, {@code
   *     SKIPPED}
   * @param error what the last attempt said
   */
  record StepFailed(
      String definition,
      SagaId id,
      String step,
      Direction direction,
      LogStatus status,
      String error)
      implements SagaEvent {}

  /**
   * The saga turned around.
   *
   * @param definition the definition's name
   * @param id the saga
   * @param reason why
   */
  record Compensating(String definition, SagaId id, String reason) implements SagaEvent {}

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
  record Stuck(String definition, SagaId id, String reason) implements SagaEvent {}
}
