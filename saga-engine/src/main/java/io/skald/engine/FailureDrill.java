package io.skald.engine;

import io.skald.engine.FailureMatrix.Failure;
import io.skald.engine.FailureMatrix.Row;
import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decision;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.SagaStatus;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Lets every failure happen at every step, one at a time. */
final class FailureDrill {
  private static final AttemptEnd PERMANENT = new AttemptEnd.Permanent("");
  private static final AttemptEnd UNANSWERED = new AttemptEnd.Unanswered("");
  private static final AttemptEnd DISPROVED = new AttemptEnd.Disproved("");

  /** Nothing ends with them: the saga waits for the other one. */
  private static final Set<Failure> CHILD_STUCK =
      Set.of(Failure.CHILD_STUCK, Failure.CHILD_STUCK_CALLED_BACK);

  private final SagaDefinition<?, ?> definition;

  FailureDrill(SagaDefinition<?, ?> definition) {
    this.definition = definition;
  }

  List<Row> rows() {
    return Stream.concat(
            Station.of(definition).stream().flatMap(this::rows), resultThrows().stream())
        .toList();
  }

  /** The function that makes the saga's result is asked once every step has succeeded. */
  private Optional<Row> resultThrows() {
    var station = new Station(definition.steps().getFirst(), Map.of());
    boolean isAsked =
        definition.outputType() != Done.class
            && new Rehearsal(definition, station).finish().isCompleted();
    return isAsked
        ? Optional.of(
            new Row("", Failure.THROWN, SagaStatus.STUCK, Decision.Complete.NO_RESULT, List.of()))
        : Optional.empty();
  }

  private Stream<Row> rows(Station station) {
    Rehearsal reached = new Rehearsal(definition, station);
    return reached.reach()
        ? Stream.concat(failures(station.step().plan()).stream(), tooLate(station.step()))
            .map(failure -> row(reached.fork(), station.step(), failure))
            .flatMap(Optional::stream)
        : Stream.empty();
  }

  /** What may go wrong at a step, if the saga ever gets there, and gets there early enough. */
  private Set<Failure> failures(StepPlan plan) {
    Set<Failure> failures =
        switch (plan) {
          case TaskPlan task -> failures(task);
          case ChoicePlan choice -> EnumSet.of(Failure.THROWN);
          case ForEachPlan each -> EnumSet.of(Failure.THROWN);
          case RefusalPlan refusal -> EnumSet.of(Failure.DECIDED);
          case AwaitPlan await -> EnumSet.of(Failure.SILENCE);
          case ChildPlan child ->
              EnumSet.of(
                  Failure.THROWN,
                  Failure.CHILD_COMPENSATED,
                  Failure.CHILD_RESOLVED,
                  Failure.CHILD_STUCK,
                  Failure.CANCELLED_IN_DOUBT,
                  Failure.CHILD_STUCK_CALLED_BACK);
          case DelayPlan delay ->
              switch (delay.end()) {
                case DelayPlan.End.After after -> EnumSet.noneOf(Failure.class);
                case DelayPlan.End.At at -> EnumSet.of(Failure.THROWN);
              };
          case SequencePlan sequence -> throw holdsOthers(sequence);
          case LockPlan locks ->
              switch (locks.patience()) {
                case LockWait.UntilDeadline until -> EnumSet.noneOf(Failure.class);
                case LockWait.AtMost most -> EnumSet.of(Failure.LOCKED);
                case LockWait.None none -> EnumSet.of(Failure.LOCKED);
              };
          case ParallelPlan group -> throw holdsOthers(group);
        };
    failures.add(Failure.CANCELLED);
    if (definition.deadline().isPresent()) {
      failures.add(Failure.OVERDUE);
      if (failures.contains(Failure.CANCELLED_IN_DOUBT)) {
        failures.add(Failure.OVERDUE_IN_DOUBT);
      }
    }
    return failures;
  }

  private Stream<Failure> tooLate(PlacedStep step) {
    return definition.isPivotOnlyInTime() && step.position() == Position.PIVOT
        ? Stream.of(Failure.TOO_LATE)
        : Stream.of();
  }

  private static IllegalStateException holdsOthers(StepPlan plan) {
    return new IllegalStateException(plan.name() + " is nothing to stand at");
  }

  private Set<Failure> failures(TaskPlan task) {
    Set<Failure> failures = EnumSet.of(Failure.PERMANENT);
    switch (task.action()) {
      case ActionPlan.Local local -> failures.add(Failure.ROLLED_BACK);
      case ActionPlan.Async async ->
          failures.addAll(
              EnumSet.of(
                  Failure.PERMANENT_IN_DOUBT,
                  Failure.UNKNOWN,
                  Failure.NOT_COMPLETED,
                  Failure.FAILED_BY_TOKEN,
                  Failure.CANCELLED_IN_DOUBT));
      case ActionPlan.Remote remote ->
          failures.addAll(
              EnumSet.of(
                  Failure.PERMANENT_IN_DOUBT,
                  Failure.UNKNOWN,
                  Failure.DISPROVED,
                  Failure.CANCELLED_IN_DOUBT));
    }
    if (!(task.compensation() instanceof CompensationPlan.None)) {
      failures.add(Failure.COMPENSATION_FAILED);
      failures.addAll(
          switch (task.spent().compensation()) {
            case STICK -> EnumSet.noneOf(Failure.class);
            case SKIP -> EnumSet.of(Failure.COMPENSATION_SPENT);
          });
    }
    if (task.confirmation() != null) {
      failures.add(Failure.CONFIRMATION_FAILED);
    }
    return failures;
  }

  private static Optional<Row> row(Rehearsal saga, PlacedStep step, Failure failure) {
    if (!happens(failure, saga, new Mishap(saga, step))) {
      return Optional.empty();
    }
    return Optional.of(
        step.plan() instanceof ChildPlan child && CHILD_STUCK.contains(failure)
            ? saga.rowWaitingFor("an operator, at saga " + child.child().name(), failure)
            : saga.finish().row(failure));
  }

  /** Lets the failure happen, if it can. */
  private static boolean happens(Failure failure, Rehearsal saga, Mishap mishap) {
    return switch (failure) {
      case PERMANENT -> mishap.attempt(PERMANENT);
      case PERMANENT_IN_DOUBT -> mishap.attempt(UNANSWERED) && mishap.attempt(PERMANENT);
      case DISPROVED -> mishap.attempt(UNANSWERED) && mishap.attempt(DISPROVED);
      case ROLLED_BACK, UNKNOWN -> mishap.spend();
      case THROWN, DECIDED, LOCKED, CHILD_COMPENSATED -> mishap.failAtOnce();
      case NOT_COMPLETED, CHILD_RESOLVED -> mishap.nobodyKnows();
      case FAILED_BY_TOKEN -> mishap.failByToken();
      case CHILD_STUCK -> mishap.leaveInDoubt();
      case CHILD_STUCK_CALLED_BACK -> succeedsInVain(saga, mishap) && mishap.leaveCalledBack();
      case SILENCE -> mishap.hearNothing();
      case CANCELLED -> saga.isArmed() && mishap.cancel();
      case OVERDUE -> saga.isArmed() && mishap.passDeadline();
      case CANCELLED_IN_DOUBT -> saga.isArmed() && mishap.leaveInDoubt() && mishap.cancel();
      case OVERDUE_IN_DOUBT -> saga.isArmed() && mishap.leaveInDoubt() && mishap.passDeadline();
      case TOO_LATE -> mishap.runShort() && saga.decision() instanceof Decision.TurnAround;
      case COMPENSATION_FAILED -> succeedsInVain(saga, mishap) && mishap.failTakingBack();
      case COMPENSATION_SPENT -> succeedsInVain(saga, mishap) && mishap.spendTakingBack();
      case CONFIRMATION_FAILED -> mishap.failConfirming();
    };
  }

  /** The step takes effect, or may have, and the saga turns around as late as it can. */
  private static boolean succeedsInVain(Rehearsal saga, Mishap mishap) {
    if (mishap.isCompensatedOnlyIfUnknown()) {
      return mishap.spend();
    }
    while (saga.isArmed() && !saga.currentSteps().isEmpty() && saga.isOnItsWay()) {
      Decision next = saga.decision();
      if (isTooLateAfter(next, saga)) {
        // cancelled while the last step is under way, the saga turns around once that has ended
        boolean isCancelled = mishap.cancel();
        saga.carryOut(next);
        return isCancelled;
      }
      saga.carryOut(next);
    }
    if (saga.isArmed()) {
      return mishap.cancel();
    }
    return mishap.attempt(PERMANENT) || mishap.failAtOnce();
  }

  /** Whether nothing but confirmations would be left: the first one is the point of no return. */
  private static boolean isTooLateAfter(Decision next, Rehearsal saga) {
    Rehearsal ahead = saga.fork();
    ahead.carryOut(next);
    return !ahead.isArmed() && ahead.currentSteps().isEmpty();
  }
}
