package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Decides what comes next at one step on a saga's way forward. Pure. */
final class StepForward {
  private final SagaState state;
  private final Instant now;
  private final StepFailure failure;

  StepForward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    this.state = state;
    this.now = now;
    this.failure = new StepFailure(definition, state);
  }

  /** Nothing is ever under way beside a confirmation: what follows the pivot waits for it. */
  Decision confirm(PlacedStep step) {
    Optional<Instant> postponed = state.postponedUntil(step.path(), Direction.CONFIRM, now);
    if (postponed.isPresent()) {
      return new Decision.Wait(postponed.get());
    }
    Optional<Entry> recorded = state.entry(step.path(), Direction.CONFIRM);
    if (recorded.isEmpty()) {
      return new Decision.Confirm(step, 1);
    }
    Entry entry = recorded.get();
    return switch (entry.status()) {
      case STARTED, RETRYING ->
          isDue(entry)
              ? new Decision.Confirm(step, entry.attempt() + 1)
              : new Decision.Wait(dueAt(entry));
      case FAILED, UNKNOWN -> new Decision.Stick(step.path(), "its confirmation cannot succeed");
      case WAITING, SUCCEEDED, SKIPPED -> throw unexpected(step, entry);
    };
  }

  /** What comes next at a step of the frontier. */
  Decision at(PlacedStep step) {
    Optional<Instant> postponed = state.postponedUntil(step.path(), Direction.ACTION, now);
    if (postponed.isPresent()) {
      return new Decision.Wait(postponed.get());
    }
    Optional<Entry> entry = state.entry(step.path(), Direction.ACTION);
    return switch (step.plan()) {
      case TaskPlan task ->
          entry.isEmpty()
              ? new Decision.Act(step, 1, Decision.Mode.CALL)
              : atTask(step, task, entry.get());
      case ChoicePlan choice -> atFunction(step, entry);
      case ForEachPlan each -> atFunction(step, entry);
      case RefusalPlan refusal -> atFunction(step, entry);
      case DelayPlan delay -> atDelay(step, entry);
      case AwaitPlan await -> atAwait(step, await, entry);
      case ChildPlan child -> atChild(step, entry);
      case LockPlan locks -> atLocks(step, entry);
      case SequencePlan sequence -> throw holdsOthers(step);
      case ParallelPlan group -> throw holdsOthers(step);
    };
  }

  private static IllegalStateException holdsOthers(PlacedStep step) {
    return new IllegalStateException(step.path() + " is nothing to stand at");
  }

  private Decision atTask(PlacedStep step, TaskPlan task, Entry entry) {
    boolean mayBeCompleted =
        task.action() instanceof ActionPlan.Async
            && (entry.status() == LogStatus.WAITING || entry.status() == LogStatus.RETRYING);
    return mayBeCompleted ? atHandedOut(step, entry) : attempted(step, entry);
  }

  /**
   * A completion counts however it is found: an attempt that failed may have handed out the work.
   */
  private Decision atHandedOut(PlacedStep step, Entry entry) {
    if (state.signals().isEmpty() || isOutdated(state.signals().get(), Optional.of(entry))) {
      return new Decision.LookForSignals();
    }
    PendingSignals seen = state.signals().get();
    Optional<UUID> signal = heard(step, entry, seen);
    if (signal.isPresent()) {
      return new Decision.Receive(step, Direction.ACTION, entry.attempt(), signal.get());
    }
    return entry.status() == LogStatus.WAITING ? waiting(step, entry) : attempted(step, entry);
  }

  /** What is said of work as it was handed out before its budget was renewed is not heard. */
  private static Optional<UUID> heard(PlacedStep step, Entry entry, PendingSignals seen) {
    if (step.plan() instanceof ChildPlan) {
      return seen.first(SignalName.newsOf(step.path()));
    }
    WaitPoint point = entry.waitPoint();
    return seen.first(SignalName.completionOf(point))
        .or(() -> seen.first(SignalName.newsOf(point)));
  }

  private Decision waiting(PlacedStep step, Entry entry) {
    return isDue(entry)
        ? new Decision.TimeUp(step, Direction.ACTION, entry.attempt())
        : new Decision.Wait(dueAt(entry));
  }

  private Decision attempted(PlacedStep step, Entry entry) {
    return switch (entry.status()) {
      case STARTED, RETRYING ->
          isDue(entry)
              ? new Decision.Act(step, nextAttempt(step, entry), mode(step, entry))
              : new Decision.Wait(dueAt(entry));
      case FAILED ->
          entry.isRenewed()
              ? new Decision.Act(step, entry.attempt() + 1, Decision.Mode.CALL)
              : failure.ended(step, entry);
      case UNKNOWN -> failure.ended(step, entry);
      case WAITING, SUCCEEDED, SKIPPED -> throw unexpected(step, entry);
    };
  }

  private Decision atFunction(PlacedStep step, Optional<Entry> recorded) {
    if (recorded.isEmpty()) {
      return new Decision.Evaluate(step, 1);
    }
    Entry entry = recorded.get();
    return switch (entry.status()) {
      case FAILED ->
          entry.isRenewed()
              ? new Decision.Evaluate(step, entry.attempt() + 1)
              : failure.failed(step);
      case STARTED, RETRYING, UNKNOWN, WAITING, SUCCEEDED, SKIPPED -> throw unexpected(step, entry);
    };
  }

  private Decision atDelay(PlacedStep step, Optional<Entry> recorded) {
    if (recorded.isEmpty()) {
      return new Decision.BeginWait(step, 1);
    }
    Entry entry = recorded.get();
    return switch (entry.status()) {
      case WAITING -> waiting(step, entry);
      case FAILED ->
          entry.isRenewed()
              ? new Decision.BeginWait(step, entry.attempt() + 1)
              : failure.failed(step);
      case STARTED, RETRYING, UNKNOWN, SUCCEEDED, SKIPPED -> throw unexpected(step, entry);
    };
  }

  /**
   * Whatever ends another saga sends a signal; its time being up means no more than to look again.
   */
  private Decision atChild(PlacedStep step, Optional<Entry> recorded) {
    if (recorded.isEmpty()) {
      return new Decision.StartChild(step, 1);
    }
    Entry entry = recorded.get();
    return switch (entry.status()) {
      case WAITING -> atHandedOut(step, entry);
      case FAILED ->
          entry.isRenewed()
              ? new Decision.StartChild(step, entry.attempt() + 1)
              : failure.failed(step);
      case RETRYING -> new Decision.StartChild(step, entry.attempt() + 1);
      case UNKNOWN -> failure.unknown(step);
      case STARTED, SUCCEEDED, SKIPPED -> throw unexpected(step, entry);
    };
  }

  /**
   * Locks are asked for when the saga has come to them, whenever it may have been woken for them,
   * and once more before it gives up: what this owner has seen of signals it saw when it asked.
   */
  private Decision atLocks(PlacedStep step, Optional<Entry> recorded) {
    if (isFailed(recorded)) {
      return failure.failed(step);
    }
    boolean isWaiting =
        recorded.filter(entry -> entry.status() == LogStatus.WAITING).isPresent()
            && state.signals().isPresent()
            && !isOutdated(state.signals().get(), recorded);
    return isWaiting
        ? waiting(step, recorded.get())
        : new Decision.TakeLocks(step, recorded.map(StepForward::attemptOf).orElse(1));
  }

  private static boolean isFailed(Optional<Entry> recorded) {
    return recorded.isPresent()
        && recorded.get().status() == LogStatus.FAILED
        && !recorded.get().isRenewed();
  }

  /** A signal that came counts, however late it is looked for. */
  private Decision atAwait(PlacedStep step, AwaitPlan await, Optional<Entry> recorded) {
    if (isFailed(recorded)) {
      return failure.failed(step);
    }
    if (state.signals().isEmpty() || isOutdated(state.signals().get(), recorded)) {
      return new Decision.LookForSignals();
    }
    int attempt = recorded.map(StepForward::attemptOf).orElse(1);
    return state
        .signals()
        .flatMap(
            seen ->
                seen.first(SignalName.completionOf(new WaitPoint(step.path(), null)))
                    .or(() -> seen.first(await.signal().name())))
        .<Decision>map(signal -> new Decision.Receive(step, Direction.ACTION, attempt, signal))
        .orElseGet(() -> atDelay(step, recorded));
  }

  /** One that came before the time was up counts, though it came since this owner looked. */
  private boolean isOutdated(PendingSignals seen, Optional<Entry> recorded) {
    return recorded
        .filter(entry -> entry.status() == LogStatus.WAITING)
        .filter(entry -> isDue(entry) && seen.at().isBefore(dueAt(entry)))
        .isPresent();
  }

  private static int attemptOf(Entry entry) {
    return entry.status() == LogStatus.WAITING ? entry.attempt() : entry.attempt() + 1;
  }

  private static IllegalStateException unexpected(PlacedStep step, Entry entry) {
    return new IllegalStateException("%s is %s".formatted(step.path(), entry.status()));
  }

  private static Decision.Mode mode(PlacedStep step, Entry entry) {
    boolean verifiable =
        step.task().action() instanceof ActionPlan.Remote remote && remote.verification() != null;
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
    return Tasks.isRemote(step) && step.actionRetry().isSpentAfter(entry.spent());
  }

  private boolean isDue(Entry entry) {
    return !now.isBefore(dueAt(entry));
  }

  private Instant dueAt(Entry entry) {
    return entry.retryAt() == null ? now : entry.retryAt();
  }
}
