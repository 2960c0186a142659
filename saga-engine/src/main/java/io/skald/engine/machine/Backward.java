package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

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

  /** What may be under way, whatever has failed beside it since. */
  static List<Decision> underWay(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    var backward = new Backward(definition, state, now);
    return backward.next().stream()
        .map(backward::at)
        .filter(Decision.Compensate.class::isInstance)
        .toList();
  }

  private Decision decide() {
    var agenda = new Agenda(state);
    for (PlacedStep step : next()) {
      if (!state.isUnderWay(step.path(), Tasks.backward(step))) {
        agenda.add(at(step));
      }
    }
    return agenda.decision().orElseGet(Decision.EndCompensated::new);
  }

  /** What may be compensated now: the step recorded last, and what need not wait for it. */
  private List<PlacedStep> next() {
    if (!definition.isCompensatedTogether()) {
      return state
          .latest(Direction.ACTION, entry -> owed(entry).isPresent())
          .flatMap(this::owed)
          .stream()
          .toList();
    }
    List<PlacedStep> owed =
        state.latestFirst(Direction.ACTION).map(this::owed).flatMap(Optional::stream).toList();
    List<Lineage> lineages = Lineage.of(definition, owed);
    return IntStream.range(0, owed.size())
        .filter(at -> lineages.subList(0, at).stream().allMatch(lineages.get(at)::areTogether))
        .mapToObj(owed::get)
        .toList();
  }

  private Optional<PlacedStep> owed(Entry action) {
    return definition.stepAt(action.path()).filter(step -> owes(step, action));
  }

  private Decision at(PlacedStep step) {
    Optional<Instant> postponed = state.postponedUntil(step.path(), Tasks.backward(step), now);
    if (postponed.isPresent()) {
      return new Decision.Wait(postponed.get());
    }
    Optional<Entry> compensation = state.entry(step.path(), Tasks.backward(step));
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
      case WAITING -> atChild(step, entry, due);
      case SUCCEEDED, SKIPPED -> throw new IllegalStateException(step.path() + " owes nothing");
    };
  }

  /** Another saga that was called back is waited for. */
  private Decision atChild(PlacedStep step, Entry entry, Instant due) {
    if (state.signals().isEmpty()) {
      return new Decision.LookForSignals();
    }
    Optional<UUID> signal = state.signals().get().first(SignalName.newsOf(step.path()));
    if (signal.isPresent()) {
      return new Decision.Receive(step, entry.direction(), entry.attempt(), signal.get());
    }
    return now.isBefore(due)
        ? new Decision.Wait(due)
        : new Decision.TimeUp(step, entry.direction(), entry.attempt());
  }

  /** Whether the step's action needs a compensation that is not done yet. */
  private boolean owes(PlacedStep step, Entry action) {
    boolean compensated =
        state.entry(step.path(), Tasks.backward(step)).map(Entry::isPassed).orElse(false);
    return !compensated
        && switch (step.plan()) {
          case TaskPlan task -> isCompensatedAfter(task.compensation(), action.status());
          case ChildPlan child ->
              action.status() == LogStatus.SUCCEEDED || action.status() == LogStatus.UNKNOWN;
          case SequencePlan sequence -> false;
          case ParallelPlan group -> false;
          case ChoicePlan choice -> false;
          case ForEachPlan each -> false;
          case RefusalPlan refusal -> false;
          case DelayPlan delay -> false;
          case LockPlan locks -> false;
          case AwaitPlan await -> false;
        };
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
