package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.LockWait;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says of a saga what happened, what is next and when, in plain words. */
final class Views {
  private final Registry registry;

  Views(Registry registry) {
    this.registry = registry;
  }

  /** What is next, and when: empty for "now" and for "never by itself". */
  private record Next(String text, Optional<Instant> at) {
    static Next now(String text) {
      return new Next(text, Optional.empty());
    }
  }

  SagaView of(SagaSnapshot snapshot, List<PendingSignal> pending) {
    SagaRow saga = snapshot.saga();
    Optional<SagaDefinition<?, ?>> definition =
        registry.find(saga.definition()).map(RegisteredSaga::definition);
    Next next = next(snapshot, definition);
    return new SagaView(
        saga.id(),
        saga.definition().name(),
        saga.definition().version(),
        saga.businessKey(),
        saga.attributes(),
        Optional.ofNullable(saga.parent())
            .map(parent -> new SagaView.ParentView(parent.saga(), parent.path())),
        saga.status(),
        Optional.ofNullable(saga.error()).map(SagaError::text),
        next.text(),
        next.at(),
        saga.createdAt(),
        Optional.ofNullable(saga.deadlineAt()),
        isOverdue(saga, snapshot.readAt()),
        Optional.ofNullable(saga.finishedAt()),
        Optional.ofNullable(saga.erasedAt()),
        snapshot.log().stream().map(row -> step(row, definition)).toList(),
        pending.stream()
            .map(signal -> new SagaView.SignalView(signal.name(), signal.sentAt()))
            .toList());
  }

  private static boolean isOverdue(SagaRow saga, Instant now) {
    Instant deadlineAt = saga.deadlineAt();
    return !saga.status().isEnd() && deadlineAt != null && !now.isBefore(deadlineAt);
  }

  private static SagaView.StepView step(LogRow row, Optional<SagaDefinition<?, ?>> definition) {
    Optional<StepPlan> plan =
        definition.flatMap(known -> known.stepAt(row.path())).map(PlacedStep::plan);
    return new SagaView.StepView(
        row.path(),
        row.direction(),
        row.status(),
        row.attempt(),
        plan.flatMap(known -> DecisionText.of(row, known)),
        plan.flatMap(known -> DecisionText.childOf(row, known)),
        Optional.ofNullable(row.error()),
        row.createdAt(),
        Optional.ofNullable(row.finishedAt()));
  }

  private static Next next(SagaSnapshot snapshot, Optional<SagaDefinition<?, ?>> definition) {
    return switch (snapshot.saga().status()) {
      case COMPLETED -> Next.now("nothing: every step succeeded");
      case COMPENSATED -> Next.now("nothing: everything that was done is compensated");
      case RESOLVED -> Next.now("nothing: an operator closed it");
      case STUCK ->
          Next.now("an operator has to retry, skip or resolve it" + kept(snapshot, definition));
      case RUNNING, COMPENSATING ->
          definition
              .filter(known -> snapshot.unread() == null)
              .map(known -> decided(known, snapshot))
              .orElseGet(() -> Next.now("a node that knows this definition goes on with it"));
    };
  }

  /**
   * What a stuck saga keeps from others. That it has its locks is recorded after it was given them,
   * so one of which nothing is recorded may have them, too.
   */
  private static String kept(SagaSnapshot snapshot, Optional<SagaDefinition<?, ?>> definition) {
    Optional<LogStatus> recorded =
        snapshot.log().stream()
            .filter(row -> row.path().equals(LockPlan.NAME))
            .map(LogRow::status)
            .findFirst();
    String keeps =
        recorded.filter(status -> status == LogStatus.SUCCEEDED).isPresent() ? "keeps" : "may keep";
    return definition
        .filter(known -> recorded.filter(status -> status == LogStatus.FAILED).isEmpty())
        .flatMap(known -> known.stepAt(LockPlan.NAME))
        .map(step -> ((LockPlan) step.plan()).names())
        .map(names -> "; until then it %s lock %s".formatted(keeps, names))
        .orElse("");
  }

  private static Next decided(SagaDefinition<?, ?> definition, SagaSnapshot snapshot) {
    // which signals have come is for the owner to see: as long as it has not, the saga waits
    var unseen = new PendingSignals(0, List.of(), snapshot.readAt());
    SagaState state =
        withoutLooks(definition, Histories.stateOf(snapshot)).evolve(new Event.SignalsRead(unseen));
    Decision decision = SagaMachine.decide(definition, state, snapshot.readAt());
    return switch (decision) {
      case Decision.Act act ->
          attempt(snapshot, "step %s, attempt %d".formatted(act.step().path(), act.attempt()));
      case Decision.Compensate compensate ->
          attempt(
              snapshot,
              "compensation of step %s, attempt %d"
                  .formatted(compensate.step().path(), compensate.attempt()));
      case Decision.Confirm confirm ->
          attempt(
              snapshot,
              "confirmation of step %s, attempt %d"
                  .formatted(confirm.step().path(), confirm.attempt()));
      case Decision.Evaluate evaluate -> Next.now("a decision, at step " + evaluate.step().path());
      case Decision.BeginWait begin -> Next.now("a wait, at step " + begin.step().path());
      case Decision.TakeLocks take -> Next.now("its locks");
      case Decision.LookForSignals look -> Next.now("a look for signals");
      case Decision.StartChild start ->
          Next.now("the start of another saga, at step " + start.step().path());
      case Decision.Receive receive -> Next.now("a signal is taken, at " + receive.step().path());
      case Decision.TimeUp up -> Next.now("the end of a wait, at step " + up.step().path());
      case Decision.Join join -> Next.now("the end of what is under way");
      case Decision.Wait wait -> waiting(definition, state, wait.until());
      case Decision.TurnAround turn -> Next.now("compensation of what was done");
      case Decision.Complete complete -> Next.now("the end: every step has succeeded");
      case Decision.EndCompensated end -> Next.now("the end: everything is compensated");
      case Decision.Stick stick -> Next.now("an operator, at step " + stick.step());
      case Decision.Rest rest -> Next.now("nothing");
    };
  }

  /** One that could be made at once, and rests all the same, was not admitted. */
  private static Next attempt(SagaSnapshot snapshot, String attempt) {
    Instant wakeAt = snapshot.saga().wakeAt();
    return wakeAt != null && wakeAt.isAfter(snapshot.readAt())
        ? new Next(
            attempt + "; a guard, a limit or a full pool has turned it away", Optional.of(wakeAt))
        : Next.now(attempt);
  }

  private static Next waiting(SagaDefinition<?, ?> definition, SagaState state, Instant until) {
    boolean isDeadline =
        state
            .deadlineAt()
            .map(at -> at.minus(definition.keptForCompensation()))
            .filter(until::equals)
            .isPresent();
    String what = waiting(definition, state);
    return new Next(
        isDeadline ? what + ", or else the deadline" : what,
        Optional.of(until).filter(Instant.MAX::isAfter));
  }

  /**
   * When a parent looks what has become of a saga it started says nothing of when that ends, and no
   * more does the look at locks without limit.
   */
  private static SagaState withoutLooks(SagaDefinition<?, ?> definition, SagaState read) {
    SagaState state = read;
    for (Direction direction : List.of(Direction.ACTION, Direction.COMPENSATION)) {
      for (Entry entry : read.latestFirst(direction).toList()) {
        boolean isLook =
            entry.status() == LogStatus.WAITING
                && definition.stepAt(entry.path()).filter(Views::isLookedAt).isPresent();
        state = isLook ? state.evolve(new Event.Recorded(entry.dueAt(Instant.MAX))) : state;
      }
    }
    return state;
  }

  private static boolean isLookedAt(PlacedStep step) {
    return step.plan() instanceof ChildPlan
        || (step.plan() instanceof LockPlan locks
            && locks.patience() instanceof LockWait.UntilDeadline);
  }

  private static String waiting(SagaDefinition<?, ?> definition, SagaState state) {
    if (state.status() == SagaStatus.COMPENSATING) {
      boolean isCallingBack =
          Stream.of(Direction.COMPENSATION)
              .flatMap(state::latestFirst)
              .anyMatch(entry -> entry.status() == LogStatus.WAITING);
      return isCallingBack
          ? "the compensation of a saga it started"
          : "another attempt of a compensation, after a pause";
    }
    return SagaMachine.currentSteps(definition, state).stream()
        .map(Views::waiting)
        .collect(Collectors.joining("; "));
  }

  private static String waiting(PlacedStep step) {
    return switch (step.plan()) {
      case AwaitPlan await ->
          "signal %s, for step %s".formatted(await.signal().name(), step.path());
      case TaskPlan task when task.action() instanceof ActionPlan.Async ->
          "completion of step " + step.path();
      case ChildPlan child ->
          "the end of saga %s, for step %s".formatted(child.child().name(), step.path());
      case DelayPlan delay -> "the end of the wait at step " + step.path();
      case LockPlan locks -> "its turn for lock " + locks.names();
      case StepPlan other -> "another attempt of step %s, after a pause".formatted(step.path());
    };
  }
}
