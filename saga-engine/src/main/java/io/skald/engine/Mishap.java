package io.skald.engine;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.SagaState;
import io.skald.engine.machine.Tasks;
import io.skald.engine.machine.Verdict;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What may go wrong in a rehearsal that has reached its target. Each answers whether it can happen
 * there. Confined to one thread.
 */
final class Mishap {
  private static final Duration FOR_EVER = Duration.ofDays(1_000_000_000);

  private final Rehearsal saga;
  private final PlacedStep step;

  Mishap(Rehearsal saga, PlacedStep step) {
    this.saga = saga;
    this.step = step;
  }

  /** Time passes until the deadline has. */
  boolean passDeadline() {
    saga.passDeadline();
    return true;
  }

  /** Other sagas took longer from here on than any deadline leaves. */
  boolean runShort() {
    saga.happen(new Event.RestSeen(FOR_EVER));
    return true;
  }

  /** An operator cancels the saga. */
  boolean cancel() {
    saga.happen(new Event.CancelRequested());
    return true;
  }

  /**
   * The next attempt of the target is made and ends that way.
   *
   * @return whether there is one that can
   */
  boolean attempt(AttemptEnd end) {
    Decision next = saga.decision();
    while (next instanceof Decision.Wait || next instanceof Decision.LookForSignals) {
      saga.carryOut(next);
      next = saga.decision();
    }
    if (!(next instanceof Decision.Act act) || !isPossible(end, act.mode())) {
      return false;
    }
    Attempted made = Attempted.of(saga.state(), act.step(), Direction.ACTION, act.attempt());
    saga.end(made, end);
    if (is(LogStatus.WAITING)) {
      // nobody completes what may have been handed out
      saga.record(made, Judge.spent(act.step(), LogStatus.UNKNOWN));
    }
    return true;
  }

  private static boolean isPossible(AttemptEnd end, Decision.Mode mode) {
    return switch (mode) {
      case CALL -> !(end instanceof AttemptEnd.Disproved);
      case VERIFY_THEN_CALL -> true;
      case VERIFY_ONLY ->
          end instanceof AttemptEnd.Disproved || end instanceof AttemptEnd.Unverified;
    };
  }

  /** The target's attempts end unanswered until none is left; nobody can tell what became of it. */
  boolean spend() {
    OptionalInt attempts = step.actionRetry().attemptsMax();
    if (attempts.isEmpty()) {
      return false;
    }
    if (attempts.getAsInt() > 1) {
      Attempted last = Attempted.of(saga.state(), step, Direction.ACTION, attempts.getAsInt() - 1);
      saga.record(last, new Verdict(LogStatus.RETRYING, Rehearsal.SOON));
    }
    if (!attempt(new AttemptEnd.Unanswered(""))) {
      return false;
    }
    if (isInDoubt()) {
      attempt(new AttemptEnd.Unverified());
    }
    return true;
  }

  /** An attempt of the target ends unanswered and another one is to follow; another saga runs. */
  boolean leaveInDoubt() {
    if (step.plan() instanceof ChildPlan) {
      saga.record(step, Rehearsal.WAITING, null);
      return true;
    }
    return attempt(new AttemptEnd.Unanswered("")) && isInDoubt();
  }

  private boolean isInDoubt() {
    return is(LogStatus.RETRYING);
  }

  private boolean is(LogStatus status) {
    return saga.state()
        .entry(step.path(), Direction.ACTION)
        .filter(entry -> entry.status() == status)
        .isPresent();
  }

  /** The function the saga stands at fails. */
  boolean failAtOnce() {
    saga.record(saga.currentSteps().getFirst(), Rehearsal.FAILED, null);
    return true;
  }

  /** Whoever has the target's work says that it was not done. */
  boolean failByToken() {
    saga.record(step, Rehearsal.FAILED, null);
    return true;
  }

  /** It has to be left open whether the target took effect. */
  boolean nobodyKnows() {
    Verdict unknown =
        step.plan() instanceof TaskPlan
            ? Judge.spent(step, LogStatus.UNKNOWN)
            : new Verdict(LogStatus.UNKNOWN, null);
    saga.record(Attempted.of(saga.state(), step, Direction.ACTION, 1), unknown);
    return true;
  }

  /** The wait for a signal is over. */
  boolean hearNothing() {
    boolean goesOn =
        step.plan() instanceof AwaitPlan await
            && await.silence() instanceof AwaitPlan.Silence.Yields;
    saga.record(step, goesOn ? Rehearsal.SUCCEEDED : Rehearsal.FAILED, null);
    return true;
  }

  boolean isCompensatedOnlyIfUnknown() {
    return step.plan() instanceof TaskPlan task
        && task.compensation() instanceof CompensationPlan.Remote remote
        && remote.when() == CompensationPlan.When.UNKNOWN_ONLY;
  }

  /** The target's compensation fails permanently when its turn comes. */
  boolean failTakingBack() {
    return reach(Tasks.backward(step)).map(this::failed).isPresent();
  }

  /** The other saga that is the target is called back when its turn comes, and does not end. */
  boolean leaveCalledBack() {
    Optional<Attempted> called = reach(Tasks.backward(step));
    called.ifPresent(attempt -> saga.record(attempt, Rehearsal.WAITING));
    while (called.isPresent() && !(saga.decision() instanceof Decision.Wait)) {
      saga.carryOut(saga.decision());
    }
    return called.isPresent();
  }

  /** The attempts of the target's compensation are spent, if there is an end to them. */
  boolean spendTakingBack() {
    OptionalInt attempts = step.compensationRetry().attemptsMax();
    return attempts.isPresent()
        && reach(Tasks.backward(step)).map(next -> spent(next, attempts.getAsInt())).isPresent();
  }

  /** The target's confirmation fails permanently when its turn comes. */
  boolean failConfirming() {
    return reach(Direction.CONFIRM).map(this::failed).isPresent();
  }

  private Attempted failed(Attempted attempt) {
    saga.end(attempt, new AttemptEnd.Permanent(""));
    return attempt;
  }

  private Attempted spent(Attempted first, int attempts) {
    Attempted last = Attempted.of(saga.state(), step, first.direction(), attempts);
    saga.end(last, new AttemptEnd.Unanswered(""));
    return last;
  }

  /** Drives the saga until the target's attempt in that direction is next, if it ever is. */
  private Optional<Attempted> reach(Direction direction) {
    Decision next = saga.decision();
    while (!(next instanceof Decision.Rest)) {
      Optional<Attempted> attempt = attempt(next).filter(one -> one.direction() == direction);
      if (attempt.isPresent()) {
        return attempt;
      }
      saga.carryOut(next);
      next = saga.decision();
    }
    return Optional.empty();
  }

  /** The attempt of the target that is to be made on the way back or to confirm it. */
  private Optional<Attempted> attempt(Decision decision) {
    SagaState state = saga.state();
    Optional<Attempted> attempt =
        switch (decision) {
          case Decision.Compensate(PlacedStep owed, int number) ->
              Optional.of(Attempted.of(state, owed, Tasks.backward(owed), number));
          case Decision.Confirm(PlacedStep tried, int number) ->
              Optional.of(Attempted.of(state, tried, Direction.CONFIRM, number));
          case Decision other -> Optional.empty();
        };
    return attempt.filter(one -> one.step().path().equals(step.path()));
  }
}
