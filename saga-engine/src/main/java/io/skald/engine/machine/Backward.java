package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what comes next on a saga's way back: what has, or may have, taken effect is compensated
 * in reverse order of completion. Pure.
 */
final class Backward {
  private final SagaDefinition<?, ?> definition;
  private final SagaState state;
  private final Instant now;

  private Backward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    this.definition = definition;
    this.state = state;
    this.now = now;
  }

  static Decision decide(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return new Backward(definition, state, now).decide();
  }

  private Decision decide() {
    var agenda = new Agenda(state);
    for (PlacedStep step : next()) {
      if (!state.isUnderWay(step.path(), Direction.COMPENSATION)) {
        agenda.add(at(step));
      }
    }
    return agenda.decision().orElseGet(Decision.EndCompensated::new);
  }

  /** What may be compensated now: the step recorded last, and what need not wait for it. */
  private List<PlacedStep> next() {
    List<PlacedStep> owed =
        state
            .latestFirst(Direction.ACTION)
            .map(entry -> definition.stepAt(entry.path()).filter(step -> owes(step, entry)))
            .flatMap(Optional::stream)
            .toList();
    if (owed.isEmpty() || !definition.isCompensatedTogether()) {
      return owed.stream().limit(1).toList();
    }
    var free = new ArrayList<PlacedStep>();
    for (int at = 0; at < owed.size(); at++) {
      PlacedStep step = owed.get(at);
      if (owed.subList(0, at).stream().allMatch(later -> areTogether(step, later))) {
        free.add(step);
      }
    }
    return List.copyOf(free);
  }

  private boolean areTogether(PlacedStep step, PlacedStep later) {
    return Lineage.of(definition, step).areTogether(Lineage.of(definition, later));
  }

  private Decision at(PlacedStep step) {
    Optional<Instant> postponed = state.postponedUntil(step.path(), Direction.COMPENSATION, now);
    if (postponed.isPresent()) {
      return new Decision.Wait(postponed.get());
    }
    Optional<Entry> compensation = state.entry(step.path(), Direction.COMPENSATION);
    if (compensation.isEmpty()) {
      return new Decision.Compensate(step, 1);
    }
    Entry entry = compensation.get();
    Instant due = entry.retryAt() == null ? now : entry.retryAt();
    return switch (entry.status()) {
      case STARTED, RETRYING ->
          now.isBefore(due)
              ? new Decision.Wait(due)
              : new Decision.Compensate(step, entry.attempt() + 1);
      case FAILED, UNKNOWN -> new Decision.Stick(step.path(), "its compensation cannot succeed");
      case WAITING, SUCCEEDED, SKIPPED ->
          throw new IllegalStateException(step.path() + " owes nothing");
    };
  }

  /** Whether the step's action needs a compensation that is not done yet. */
  private boolean owes(PlacedStep step, Entry action) {
    boolean compensated =
        state.entry(step.path(), Direction.COMPENSATION).map(Entry::isPassed).orElse(false);
    return !compensated
        && step.plan() instanceof TaskPlan task
        && isCompensatedAfter(task.compensation(), action.status());
  }

  private static boolean isCompensatedAfter(CompensationPlan compensation, LogStatus outcome) {
    return switch (compensation) {
      case CompensationPlan.None none -> false;
      case CompensationPlan.Local local -> outcome == LogStatus.SUCCEEDED;
      case CompensationPlan.Remote remote ->
          outcome == LogStatus.UNKNOWN
              || (outcome == LogStatus.SUCCEEDED
                  && remote.when() == CompensationPlan.When.SUCCEEDED_OR_UNKNOWN);
    };
  }
}
