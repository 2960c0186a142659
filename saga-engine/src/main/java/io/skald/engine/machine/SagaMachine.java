package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a saga does next, from its definition and what is recorded. Pure: the same question
 * gets the same answer, on any node, at any time.
 *
 * <p>It answers one thing at a time. A driver that has begun an attempt tells so ({@link
 * Event.Begun}) and asks again: what can be under way beside it is answered next, until nothing is
 * left but to {@link Decision.Join} those that are.
 */
public final class SagaMachine {
  private static final String DEADLINE_NEAR = "the rest of the deadline is kept for compensation";

  private SagaMachine() {}

  /**
   * What to do next.
   *
   * @param definition the saga's definition, of the version it began with
   * @param state what is recorded, and what this owner does
   * @param now the time by the database's clock
   */
  public static Decision decide(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return switch (state.status()) {
      case RUNNING -> forward(definition, state, now);
      case COMPENSATING -> Backward.decide(definition, state, now);
      case COMPLETED, COMPENSATED, STUCK, RESOLVED -> new Decision.Rest();
    };
  }

  /**
   * Whether the commit that put the saga at its pivot is made: cancel and deadline are disarmed.
   */
  public static boolean isPivotReached(SagaDefinition<?, ?> definition, SagaState state) {
    for (PlacedStep step : definition.steps()) {
      if (step.position() != Position.COMPENSATABLE) {
        return true;
      }
      if (!Frontier.isPassed(step, state)) {
        return false;
      }
    }
    // without a pivot the first confirmation is the point of no return, unless a cancel came first
    return Confirmations.areThereAny(definition, state) && !state.isCancelRequested();
  }

  /**
   * Whether the saga can go one way only from now on: back, because it has turned around or will,
   * as it is cancelled; or forward, because its pivot has passed, or without one all its steps.
   */
  public static boolean isOneWay(SagaDefinition<?, ?> definition, SagaState state) {
    return state.isTurnedAround()
        || state.isCancelRequested()
        || definition.steps().stream()
            .filter(step -> !Frontier.isPassed(step, state))
            .findFirst()
            .map(step -> step.position() == Position.RETRIABLE)
            .orElse(true);
  }

  /**
   * Whether a step has succeeded, with all it holds, or an operator said to take it as if it had.
   */
  public static boolean isPassed(PlacedStep step, SagaState state) {
    return Frontier.isPassed(step, state);
  }

  /** The steps the saga stands at on its way forward, in the order of the definition. */
  public static List<PlacedStep> currentSteps(SagaDefinition<?, ?> definition, SagaState state) {
    return Frontier.of(definition, state);
  }

  /**
   * What an owner that was lost may have been doing when it was lost: the attempts that could be
   * made if nobody had cancelled the saga, no deadline had passed and no step had failed since. A
   * remote attempt may have taken effect, and has to be recorded as unanswered before anything else
   * is decided.
   *
   * @param definition the saga's definition, of the version it began with
   * @param state what is recorded
   * @param now the time by the database's clock
   * @return each an {@link Decision.Act}, a {@link Decision.Compensate} or a {@link
   *     Decision.Confirm}; none of what is made at most once and whose intent is not recorded
   */
  public static List<Decision> underWay(
      SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return switch (state.status()) {
      case RUNNING -> Forward.underWay(definition, state, now);
      case COMPENSATING -> Backward.underWay(definition, state, now);
      case COMPLETED, COMPENSATED, STUCK, RESOLVED -> List.of();
    };
  }

  /** What to tell the machine of an attempt that is being made; empty for what is no attempt. */
  public static Optional<Event> begun(Decision decision) {
    return switch (decision) {
      case Decision.Act act -> Optional.of(new Event.Begun(act.step().path(), Direction.ACTION));
      case Decision.Compensate compensate ->
          Optional.of(new Event.Begun(compensate.step().path(), Tasks.backward(compensate.step())));
      case Decision.Confirm confirm ->
          Optional.of(new Event.Begun(confirm.step().path(), Direction.CONFIRM));
      case Decision.Evaluate evaluate -> Optional.empty();
      case Decision.BeginWait begin -> Optional.empty();
      case Decision.LookForSignals look -> Optional.empty();
      case Decision.TakeLocks take -> Optional.empty();
      case Decision.StartChild start -> Optional.empty();
      case Decision.Receive receive -> Optional.empty();
      case Decision.TimeUp up -> Optional.empty();
      case Decision.Join join -> Optional.empty();
      case Decision.Wait wait -> Optional.empty();
      case Decision.TurnAround turn -> Optional.empty();
      case Decision.Complete complete -> Optional.empty();
      case Decision.EndCompensated ended -> Optional.empty();
      case Decision.Stick stick -> Optional.empty();
      case Decision.Rest rest -> Optional.empty();
    };
  }

  private static Decision forward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    List<PlacedStep> current = Frontier.of(definition, state);
    if (state.isCancelRequested() && !isPivotBegun(definition, state)) {
      // without a pivot a cancel that was accepted holds even after the last step
      PlacedStep standing = current.isEmpty() ? definition.steps().getLast() : current.getFirst();
      return calledOff(definition, standing, state, "cancelled");
    }
    if (isPivotReached(definition, state)) {
      return refusal(definition, state, now)
          .map(reason -> calledOff(definition, current.getFirst(), state, reason))
          .orElseGet(() -> Forward.decide(definition, state, now, Optional.empty()));
    }
    Duration kept = definition.keptForCompensation();
    Optional<Instant> lastCall = state.deadlineAt().map(at -> at.minus(kept));
    if (!current.isEmpty() && lastCall.filter(at -> !now.isBefore(at)).isPresent()) {
      return calledOff(
          definition, current.getFirst(), state, kept.isZero() ? "deadline passed" : DEADLINE_NEAR);
    }
    return Forward.decide(definition, state, now, lastCall);
  }

  /**
   * Why the pivot is not begun. What an owner that was lost may have begun was recorded first by
   * the one after it: where nothing is recorded, and this owner makes no attempt, nothing was made.
   */
  private static Optional<String> refusal(
      SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    Optional<String> refusal = PivotTime.refusal(definition, state, now);
    return refusal.filter(it -> !state.isAnythingUnderWay() && !isPivotBegun(definition, state));
  }

  /**
   * Whether anything of the pivot is recorded. A cancel is accepted only before the pivot is
   * reached: if it is reached and not begun, what was under way then has passed since.
   */
  private static boolean isPivotBegun(SagaDefinition<?, ?> definition, SagaState state) {
    return state
        .latestFirst(Direction.ACTION)
        .anyMatch(
            entry ->
                definition
                    .stepAt(entry.path())
                    .filter(step -> step.position() != Position.COMPENSATABLE)
                    .isPresent());
  }

  /** What is under way is never abandoned: it ends, or runs into its time limit. */
  private static Decision calledOff(
      SagaDefinition<?, ?> definition, PlacedStep step, SagaState state, String reason) {
    return state.isAnythingUnderWay()
        ? new Decision.Join(Optional.empty())
        : new Decision.TurnAround(step.path(), reason, LooseEnds.of(definition::stepAt, state));
  }
}
