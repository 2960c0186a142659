package io.skald.engine;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.machine.Tasks;
import io.skald.engine.machine.Verdict;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga that is driven without a store and without handlers: whatever is not made to fail
 * succeeds. Confined to one thread.
 */
final class Rehearsal {
  private static final Instant START = Instant.EPOCH;
  private static final Instant DEADLINE = START.plus(Duration.ofDays(100_000_000));

  static final Duration SOON = Duration.ofSeconds(1);
  static final Verdict SUCCEEDED = new Verdict(LogStatus.SUCCEEDED, null);
  static final Verdict WAITING = new Verdict(LogStatus.WAITING, SOON);
  static final Verdict FAILED = new Verdict(LogStatus.FAILED, null);

  private final SagaDefinition<?, ?> definition;
  private final Station target;
  private final List<List<String>> compensated = new ArrayList<>();
  private final List<PlacedStep> compensating = new ArrayList<>();
  private SagaState state;
  private Instant now = START;
  private String reason = "";

  Rehearsal(SagaDefinition<?, ?> definition, Station target) {
    this.definition = definition;
    this.target = target;
    this.state = SagaState.started(definition.deadline().isPresent() ? DEADLINE : null);
  }

  /** Another one that is as far as this one, and goes on by itself. */
  Rehearsal fork() {
    Rehearsal other = new Rehearsal(definition, target);
    other.state = state;
    other.now = now;
    return other;
  }

  SagaState state() {
    return state;
  }

  /** The steps the saga stands at. */
  List<PlacedStep> currentSteps() {
    return SagaMachine.currentSteps(definition, state);
  }

  /** Whether a cancel or the deadline still turns the saga around. */
  boolean isArmed() {
    return !SagaMachine.isPivotReached(definition, state);
  }

  Decision decision() {
    return SagaMachine.decide(definition, state, now);
  }

  /**
   * Drives the saga until it stands at the target, and nothing else is left to do.
   *
   * @return whether it ever gets there
   */
  boolean reach() {
    String path = target.step().path();
    while (!isAt(path)) {
      Decision next = decision();
      if (next instanceof Decision.Rest) {
        return false;
      }
      carryOut(next);
    }
    // held back, as if it took longer than whatever is beside it
    happen(new Event.Begun(path, Direction.ACTION));
    Decision next = decision();
    while (!(next instanceof Decision.Join)) {
      carryOut(next);
      next = decision();
    }
    happen(new Event.Ended(path, Direction.ACTION));
    return true;
  }

  private boolean isAt(String path) {
    return isOnItsWay() && currentSteps().stream().anyMatch(step -> step.path().equals(path));
  }

  /** Whether the saga goes forward. */
  boolean isOnItsWay() {
    return state.status() == SagaStatus.RUNNING;
  }

  boolean isCompleted() {
    return state.status() == SagaStatus.COMPLETED;
  }

  /** Drives the saga to its end. */
  Rehearsal finish() {
    Decision next = decision();
    while (!(next instanceof Decision.Rest)) {
      carryOut(next);
      next = decision();
    }
    return this;
  }

  /** Carries a decision out, with success. */
  void carryOut(Decision decision) {
    switch (decision) {
      case Decision.Act(PlacedStep step, int attempt, Decision.Mode mode) ->
          // what is handed out is completed at once
          record(Attempted.of(state, step, Direction.ACTION, attempt), SUCCEEDED);
      case Decision.Compensate(PlacedStep step, int attempt) -> {
        compensating.add(step);
        happen(new Event.Begun(step.path(), Tasks.backward(step)));
      }
      case Decision.Confirm(PlacedStep step, int attempt) ->
          end(Attempted.of(state, step, Direction.CONFIRM, attempt), new AttemptEnd.Succeeded());
      case Decision.StartChild start -> record(start.step(), SUCCEEDED, null);
      case Decision.Join join -> compensated();
      case Decision.Evaluate evaluate -> evaluated(evaluate.step());
      case Decision.BeginWait begin -> record(begin.step(), WAITING, null);
      case Decision.TakeLocks take -> record(take.step(), SUCCEEDED, null);
      case Decision.LookForSignals look -> happen(new Event.SignalsRead(allSignals()));
      case Decision.Receive(PlacedStep step, Direction direction, int attempt, UUID signal) -> {
        record(step, SUCCEEDED, null);
        happen(new Event.SignalsRead(null));
      }
      case Decision.TimeUp up -> record(up.step(), SUCCEEDED, null);
      case Decision.Wait(Instant until) -> now = until;
      case Decision.TurnAround turn -> {
        turn.unanswered().forEach(entry -> happen(new Event.Recorded(entry)));
        happen(new Event.TurnedAround());
      }
      case Decision.Complete complete -> happen(new Event.Halted(SagaStatus.COMPLETED));
      case Decision.EndCompensated ended -> happen(new Event.Halted(SagaStatus.COMPENSATED));
      case Decision.Stick stick -> {
        reason = stick.reason();
        happen(new Event.Halted(SagaStatus.STUCK));
      }
      case Decision.Rest rest -> throw new IllegalStateException(definition + " rests");
    }
  }

  /** What may be compensated at the same time is. */
  private void compensated() {
    compensated.add(compensating.stream().map(PlacedStep::path).toList());
    for (PlacedStep step : compensating) {
      Direction backward = Tasks.backward(step);
      happen(new Event.Ended(step.path(), backward));
      end(Attempted.of(state, step, backward, 1), new AttemptEnd.Succeeded());
    }
    compensating.clear();
  }

  private void evaluated(PlacedStep step) {
    switch (step.plan()) {
      case ChoicePlan choice -> record(step, SUCCEEDED, target.branchOf(choice));
      case RefusalPlan refusal -> record(step, FAILED, null);
      case ForEachPlan each -> record(step, SUCCEEDED, Integer.toString(Station.ELEMENTS));
      case StepPlan other -> throw new IllegalStateException(step.path() + " has no function");
    }
  }

  /** A signal of each name anybody waits for. */
  private PendingSignals allSignals() {
    List<PendingSignals.Pending> pending =
        definition.allSteps().stream()
            .map(PlacedStep::plan)
            .filter(AwaitPlan.class::isInstance)
            .map(plan -> ((AwaitPlan) plan).signal().name())
            .map(name -> new PendingSignals.Pending(new UUID(0, name.hashCode()), name))
            .toList();
    return new PendingSignals(pending.size(), pending, now);
  }

  void end(Attempted attempt, AttemptEnd end) {
    record(attempt, Judge.judge(attempt, end, 0.0));
  }

  void record(Attempted attempt, Verdict verdict) {
    happen(new Event.Recorded(entry(attempt, verdict, verdict.decision())));
  }

  /** A step that is no task gets what its driver records of it. */
  void record(PlacedStep step, Verdict verdict, @Nullable String decided) {
    Attempted attempt = Attempted.of(state, step, Direction.ACTION, 1);
    happen(new Event.Recorded(entry(attempt, verdict, decided)));
  }

  private Entry entry(Attempted attempt, Verdict verdict, @Nullable String decided) {
    return new Entry(
        attempt.step().path(),
        attempt.direction(),
        state.nextSeq(),
        verdict.status(),
        attempt.number(),
        0,
        Optional.ofNullable(verdict.retryAfter()).map(now::plus).orElse(null),
        decided);
  }

  /** Time passes until the deadline has. */
  void passDeadline() {
    now = DEADLINE;
  }

  void happen(Event event) {
    state = state.evolve(event);
  }

  /** What it waits for in vain. */
  FailureMatrix.Row rowWaitingFor(String what, FailureMatrix.Failure failure) {
    return new FailureMatrix.Row(target.step().path(), failure, state.status(), what, compensated);
  }

  /** What became of it. */
  FailureMatrix.Row row(FailureMatrix.Failure failure) {
    return new FailureMatrix.Row(
        target.step().path(), failure, state.status(), reason, compensated);
  }
}
