package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a saga does next, from its definition and what is recorded. Pure: the same question
 * gets the same answer, on any node, at any time.
 */
public final class SagaMachine {
  private SagaMachine() {}

  /**
   * What to do next.
   *
   * @param definition the saga's definition, of the version it began with
   * @param state what is recorded
   * @param now the time by the database's clock
   */
  public static Decision decide(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return switch (state.status()) {
      case RUNNING -> forward(definition, state, now);
      case COMPENSATING -> backward(definition, state, now);
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
      if (!isPassed(state, step)) {
        return false;
      }
    }
    // without a pivot nothing is ever out of reach until the saga has ended
    return false;
  }

  /**
   * Whether the saga has not ended, and its deadline has passed without effect, because its pivot
   * is reached.
   *
   * @param definition the saga's definition, of the version it began with
   * @param state what is recorded
   * @param now the time by the database's clock
   */
  public static boolean isOverdue(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return !state.status().isEnd() && isLate(state, now) && isPivotReached(definition, state);
  }

  private static boolean isLate(SagaState state, Instant now) {
    return state.deadlineAt().filter(at -> !now.isBefore(at)).isPresent();
  }

  /** The first step whose action has neither succeeded nor been skipped. */
  public static Optional<PlacedStep> currentStep(SagaDefinition<?, ?> definition, SagaState state) {
    return definition.steps().stream().filter(step -> !isPassed(state, step)).findFirst();
  }

  private static boolean isPassed(SagaState state, PlacedStep step) {
    return state.entry(step.name(), Direction.ACTION).map(Entry::isPassed).orElse(false);
  }

  /**
   * What an owner that was lost may have been doing when it was lost: what came next if nobody had
   * cancelled the saga and no deadline had passed since. A remote attempt may have taken effect,
   * and has to be recorded as unanswered before anything else is decided.
   *
   * @param definition the saga's definition, of the version it began with
   * @param state what is recorded
   * @param now the time by the database's clock
   */
  public static Decision underWay(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return switch (state.status()) {
      case RUNNING -> onward(definition, state, now, Optional.empty());
      case COMPENSATING -> backward(definition, state, now);
      case COMPLETED, COMPENSATED, STUCK, RESOLVED -> new Decision.Rest();
    };
  }

  private static Decision forward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    if (isPivotReached(definition, state)) {
      return onward(definition, state, now, Optional.empty());
    }
    Optional<PlacedStep> current = currentStep(definition, state);
    if (state.isCancelRequested()) {
      // without a pivot a cancel that was accepted holds even after the last step
      PlacedStep standing = current.orElse(definition.steps().getLast());
      return turnAround(definition, standing, state, "cancelled");
    }
    if (current.isPresent() && isLate(state, now)) {
      return turnAround(definition, current.get(), state, "deadline passed");
    }
    return onward(definition, state, now, state.deadlineAt());
  }

  private static Decision onward(
      SagaDefinition<?, ?> definition, SagaState state, Instant now, Optional<Instant> alarm) {
    Optional<PlacedStep> current = currentStep(definition, state);
    if (current.isEmpty()) {
      return new Decision.Complete();
    }
    PlacedStep step = current.get();
    return state
        .entry(step.name(), Direction.ACTION)
        .map(entry -> atStep(step, entry, now, alarm))
        .orElseGet(() -> new Decision.Act(step, 1, Decision.Mode.CALL));
  }

  private static Decision atStep(
      PlacedStep step, Entry entry, Instant now, Optional<Instant> alarm) {
    return switch (entry.status()) {
      case STARTED, RETRYING ->
          isDue(entry, now)
              ? new Decision.Act(step, nextAttempt(step, entry), mode(step, entry))
              : new Decision.Wait(earlier(retryAt(entry, now), alarm));
      case FAILED -> failed(step, entry);
      case UNKNOWN -> unknown(step);
      case WAITING -> throw new IllegalStateException(step.name() + " waits for nothing");
      case SUCCEEDED, SKIPPED -> throw new IllegalStateException(step.name() + " is passed");
    };
  }

  private static Decision failed(PlacedStep step, Entry entry) {
    if (entry.isRenewed()) {
      return new Decision.Act(step, entry.attempt() + 1, Decision.Mode.CALL);
    }
    return step.position() == Position.RETRIABLE
        ? new Decision.Stick(step.name(), "a step after the pivot cannot succeed")
        : new Decision.TurnAround(step.name(), "", List.of());
  }

  private static Decision unknown(PlacedStep step) {
    return switch (step.position()) {
      case COMPENSATABLE -> new Decision.TurnAround(step.name(), "", List.of());
      case PIVOT ->
          step.plan().compensation() instanceof CompensationPlan.None
              ? new Decision.Stick(step.name(), "nobody can tell whether the pivot took effect")
              : new Decision.TurnAround(step.name(), "", List.of());
      case RETRIABLE ->
          new Decision.Stick(step.name(), "a step after the pivot has no attempts left");
    };
  }

  private static Decision turnAround(
      SagaDefinition<?, ?> definition, PlacedStep step, SagaState state, String reason) {
    return new Decision.TurnAround(step.name(), reason, LooseEnds.of(definition::step, state));
  }

  private static Decision backward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    Optional<PlacedStep> next =
        state
            .latestFirst(Direction.ACTION)
            .map(entry -> definition.step(entry.path()).filter(step -> owes(step, entry, state)))
            .flatMap(Optional::stream)
            .findFirst();
    if (next.isEmpty()) {
      return new Decision.EndCompensated();
    }
    PlacedStep step = next.get();
    Optional<Entry> compensation = state.entry(step.name(), Direction.COMPENSATION);
    if (compensation.isEmpty()) {
      return new Decision.Compensate(step, 1);
    }
    Entry entry = compensation.get();
    return switch (entry.status()) {
      case STARTED, RETRYING ->
          isDue(entry, now)
              ? new Decision.Compensate(step, entry.attempt() + 1)
              : new Decision.Wait(retryAt(entry, now));
      case FAILED, UNKNOWN -> new Decision.Stick(step.name(), "its compensation cannot succeed");
      case WAITING -> throw new IllegalStateException(step.name() + " waits for nothing");
      case SUCCEEDED, SKIPPED -> throw new IllegalStateException(step.name() + " owes nothing");
    };
  }

  /** Whether the step's action needs a compensation that is not done yet. */
  private static boolean owes(PlacedStep step, Entry action, SagaState state) {
    boolean compensated =
        state.entry(step.name(), Direction.COMPENSATION).map(Entry::isPassed).orElse(false);
    return !compensated && isCompensatedAfter(step, action.status());
  }

  private static boolean isCompensatedAfter(PlacedStep step, LogStatus outcome) {
    return switch (step.plan().compensation()) {
      case CompensationPlan.None none -> false;
      case CompensationPlan.Local local -> outcome == LogStatus.SUCCEEDED;
      case CompensationPlan.Remote remote ->
          outcome == LogStatus.UNKNOWN
              || (outcome == LogStatus.SUCCEEDED
                  && remote.when() == CompensationPlan.When.SUCCEEDED_OR_UNKNOWN);
    };
  }

  private static Decision.Mode mode(PlacedStep step, Entry entry) {
    boolean verifiable =
        step.plan().action() instanceof ActionPlan.Remote remote && remote.verification() != null;
    if (isSpent(step, entry)) {
      return Decision.Mode.VERIFY_ONLY;
    }
    return verifiable ? Decision.Mode.VERIFY_THEN_CALL : Decision.Mode.CALL;
  }

  private static int nextAttempt(PlacedStep step, Entry entry) {
    return isSpent(step, entry) ? entry.attempt() : entry.attempt() + 1;
  }

  /** A local step has nothing to verify: a policy shortened since leaves it one last attempt. */
  private static boolean isSpent(PlacedStep step, Entry entry) {
    return step.plan().action() instanceof ActionPlan.Remote
        && step.actionRetry().isSpentAfter(entry.spent());
  }

  private static boolean isDue(Entry entry, Instant now) {
    return !now.isBefore(retryAt(entry, now));
  }

  private static Instant retryAt(Entry entry, Instant now) {
    return entry.retryAt() == null ? now : entry.retryAt();
  }

  private static Instant earlier(Instant a, Optional<Instant> b) {
    return b.filter(other -> other.isBefore(a)).orElse(a);
  }
}
