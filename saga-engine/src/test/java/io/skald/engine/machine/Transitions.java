package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
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
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Names what the machine saw and what it decided, as a row of the table of transitions. */
final class Transitions {
  private Transitions() {}

  /**
   * The rows of a decision: its own, one for what each row that is given up becomes, and one for
   * each step whose attempts were spent and that says to go on then.
   */
  static Stream<String> rows(SagaDefinition<?, ?> definition, SagaState state, Decision decision) {
    Stream<String> own = Stream.of(name(definition, state, decision));
    Stream<String> others =
        decision instanceof Decision.TurnAround turn
            ? turn.unanswered().stream().map(entry -> givenUp(definition, state, entry))
            : goneOn(definition, state);
    return Stream.concat(own, others);
  }

  private static String givenUp(SagaDefinition<?, ?> definition, SagaState state, Entry entry) {
    PlacedStep step = definition.stepAt(entry.path()).orElseThrow();
    String where = where(step, state, entry.direction());
    return "%s %s -> %s from now on".formatted(state.status(), where, entry.status());
  }

  private static Stream<String> goneOn(SagaDefinition<?, ?> definition, SagaState state) {
    return state.status() == SagaStatus.RUNNING
        ? definition.allSteps().stream()
            .filter(step -> step.plan() instanceof TaskPlan)
            .filter(step -> state.entry(step.path(), Direction.ACTION).isPresent())
            .filter(step -> state.entry(step.path(), Direction.ACTION).get().isGoneOn())
            .map(step -> "RUNNING " + where(step, state, Direction.ACTION) + passed(step, state))
        : Stream.of();
  }

  private static String passed(PlacedStep step, SagaState state) {
    return SagaMachine.isPassed(step, state) ? " -> PASSED" : " -> OPEN";
  }

  /** For instance {@code RUNNING PIVOT RETRYING -> VERIFY_ONLY}. */
  private static String name(SagaDefinition<?, ?> definition, SagaState state, Decision decision) {
    String where =
        stepOf(definition, decision)
            .or(() -> onlyStep(definition, state, decision))
            .map(step -> where(step, state, direction(step, state)))
            .orElse("- -");
    return state.status() + " " + where + " -> " + name(decision);
  }

  /** The direction of the row that a decision about a step was based on. */
  private static Direction direction(PlacedStep step, SagaState state) {
    if (state.status() == SagaStatus.COMPENSATING) {
      return Tasks.backward(step);
    }
    // a try is not the subject any more once it has succeeded, unless the saga is called off
    boolean isTried =
        Tasks.isConfirmed(step) && !state.isCancelRequested() && SagaMachine.isPassed(step, state);
    return isTried ? Direction.CONFIRM : Direction.ACTION;
  }

  private static Optional<PlacedStep> unconfirmed(
      SagaDefinition<?, ?> definition, SagaState state) {
    boolean isTime =
        definition
            .pivot()
            .map(pivot -> SagaMachine.isPassed(pivot, state))
            .orElse(SagaMachine.currentSteps(definition, state).isEmpty());
    return isTime ? Confirmations.next(definition, state) : Optional.empty();
  }

  /** For instance {@code COMPENSATABLE try RETRYING}. */
  private static String where(PlacedStep step, SagaState state, Direction direction) {
    String status =
        state
            .entry(step.path(), direction)
            .map(entry -> entry.status() + said(entry))
            .orElse("NONE");
    return step.position() + kind(step, direction) + " " + status;
  }

  private static String said(Entry entry) {
    if (entry.isGoneOn()) {
      return ", go on";
    }
    return entry.isForOperator() ? ", ask operator" : "";
  }

  /** A plain task goes without saying. */
  private static String kind(PlacedStep step, Direction direction) {
    return switch (step.plan()) {
      case TaskPlan task when task.confirmation() != null ->
          direction == Direction.ACTION ? " try" : " " + direction.name().toLowerCase(Locale.ROOT);
      case TaskPlan task when Outside.isHandedOut(step) -> " handed out";
      case TaskPlan task -> "";
      case ChoicePlan choice -> " choice";
      case ForEachPlan each -> " forEach";
      case RefusalPlan refusal -> " refusal";
      case DelayPlan delay -> " delay";
      case LockPlan locks -> " locks";
      case AwaitPlan await -> " await";
      case ChildPlan child -> " child";
      case SequencePlan sequence -> throw new AssertionError("a sequence has no row");
      case ParallelPlan group -> throw new AssertionError("a group has no row");
    };
  }

  private static Optional<PlacedStep> stepOf(SagaDefinition<?, ?> definition, Decision decision) {
    return switch (decision) {
      case Decision.Act act -> Optional.of(act.step());
      case Decision.Compensate back -> Optional.of(back.step());
      case Decision.Confirm confirm -> Optional.of(confirm.step());
      case Decision.StartChild start -> Optional.of(start.step());
      case Decision.Evaluate evaluate -> Optional.of(evaluate.step());
      case Decision.BeginWait begin -> Optional.of(begin.step());
      case Decision.Receive receive -> Optional.of(receive.step());
      case Decision.TimeUp up -> Optional.of(up.step());
      case Decision.TurnAround turn -> definition.stepAt(turn.step());
      case Decision.Stick stick -> definition.stepAt(stick.step());
      case Decision.TakeLocks take -> Optional.of(take.step());
      case Decision.LookForSignals look -> Optional.empty();
      case Decision.Join join -> Optional.empty();
      case Decision.Wait wait -> Optional.empty();
      case Decision.Complete complete -> Optional.empty();
      case Decision.EndCompensated ended -> Optional.empty();
      case Decision.Rest rest -> Optional.empty();
    };
  }

  /** What a decision without a step is about, where that is clear. */
  private static Optional<PlacedStep> onlyStep(
      SagaDefinition<?, ?> definition, SagaState state, Decision decision) {
    List<PlacedStep> waiting =
        switch (decision) {
          case Decision.Wait wait when state.status() == SagaStatus.COMPENSATING ->
              open(definition, state, Direction.CANCEL, Direction.COMPENSATION);
          case Decision.Wait wait ->
              unconfirmed(definition, state)
                  .map(List::of)
                  .orElseGet(() -> SagaMachine.currentSteps(definition, state));
          case Decision other -> List.of();
        };
    return waiting.size() == 1 ? Optional.of(waiting.getFirst()) : Optional.empty();
  }

  private static List<PlacedStep> open(
      SagaDefinition<?, ?> definition, SagaState state, Direction... directions) {
    return Stream.of(directions)
        .flatMap(state::latestFirst)
        .filter(entry -> !entry.status().isFinal())
        .flatMap(entry -> definition.stepAt(entry.path()).stream())
        .toList();
  }

  private static String name(Decision decision) {
    return switch (decision) {
      case Decision.Act act -> act.mode().name();
      case Decision.Compensate compensate -> "COMPENSATE";
      case Decision.Confirm confirm -> "CONFIRM";
      case Decision.StartChild start -> "START_CHILD";
      case Decision.Evaluate evaluate -> "EVALUATE";
      case Decision.BeginWait begin -> "BEGIN_WAIT";
      case Decision.TakeLocks take -> "TAKE_LOCKS";
      case Decision.LookForSignals look -> "LOOK_FOR_SIGNALS";
      case Decision.Receive receive -> "RECEIVE";
      case Decision.TimeUp up -> "TIME_UP";
      case Decision.Join join -> "JOIN";
      case Decision.Wait wait -> "WAIT";
      case Decision.TurnAround turn ->
          "TURN_AROUND" + (turn.reason().isEmpty() ? "" : ", " + turn.reason());
      case Decision.Complete complete -> "COMPLETE";
      case Decision.EndCompensated ended -> "END_COMPENSATED";
      case Decision.Stick stick -> "STICK, " + stick.reason();
      case Decision.Rest rest -> "REST";
    };
  }
}
