package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names what the machine saw and what it decided, as a row of the table of transitions. */
final class Transitions {
  private Transitions() {}

  /** For instance {@code RUNNING PIVOT RETRYING -> VERIFY_ONLY}. */
  static String name(SagaDefinition<?, ?> definition, SagaState state, Decision decision) {
    Direction direction =
        state.status() == SagaStatus.COMPENSATING ? Direction.COMPENSATION : Direction.ACTION;
    Optional<PlacedStep> step = stepOf(definition, state, decision);
    String where =
        step.map(
                placed ->
                    placed.position()
                        + " "
                        + state
                            .entry(placed.name(), direction)
                            .map(entry -> entry.status().name())
                            .orElse("NONE"))
            .orElse("- -");
    return state.status() + " " + where + " -> " + name(decision);
  }

  private static Optional<PlacedStep> stepOf(
      SagaDefinition<?, ?> definition, SagaState state, Decision decision) {
    return switch (state.status()) {
      case RUNNING -> SagaMachine.currentSteps(definition, state).stream().findFirst();
      case COMPENSATING ->
          switch (decision) {
            case Decision.Compensate compensate -> Optional.of(compensate.step());
            case Decision.Stick stick -> definition.step(stick.step());
            case Decision.Wait wait -> waiting(definition, state);
            case Decision other -> Optional.empty();
          };
      case COMPLETED, COMPENSATED, STUCK, RESOLVED -> Optional.empty();
    };
  }

  private static Optional<PlacedStep> waiting(SagaDefinition<?, ?> definition, SagaState state) {
    return state
        .latestFirst(Direction.COMPENSATION)
        .filter(entry -> entry.status() == LogStatus.RETRYING)
        .findFirst()
        .flatMap(entry -> definition.step(entry.path()));
  }

  private static String name(Decision decision) {
    return switch (decision) {
      case Decision.Act act -> act.mode().name();
      case Decision.Compensate compensate -> "COMPENSATE";
      case Decision.Confirm confirm -> "CONFIRM";
      case Decision.StartChild start -> "START_CHILD";
      case Decision.Evaluate evaluate -> "EVALUATE";
      case Decision.BeginWait begin -> "BEGIN_WAIT";
      case Decision.LookForSignals look -> "LOOK_FOR_SIGNALS";
      case Decision.Receive receive -> "RECEIVE";
      case Decision.TimeUp up -> "TIME_UP";
      case Decision.Join join -> "JOIN";
      case Decision.Wait wait -> "WAIT";
      case Decision.TurnAround turn ->
          "TURN_AROUND"
              + (turn.reason().isEmpty() ? "" : ", " + turn.reason())
              + turn.unanswered().stream()
                  .map(entry -> ", " + entry.status() + " from now on")
                  .collect(Collectors.joining());
      case Decision.Complete complete -> "COMPLETE";
      case Decision.EndCompensated ended -> "END_COMPENSATED";
      case Decision.Stick stick -> "STICK, " + stick.reason();
      case Decision.Rest rest -> "REST";
    };
  }
}
