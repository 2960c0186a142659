package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.machine.Tasks;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The attempts that an owner that was lost may have made without a record: remote ones, for a local
 * one is recorded in its own transaction.
 */
final class CutOff {
  private CutOff() {}

  static List<Place> of(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    return SagaMachine.underWay(definition, state, now).stream()
        .map(CutOff::place)
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Place> place(Decision made) {
    return switch (made) {
      case Decision.Act(PlacedStep step, int attempt, Decision.Mode mode)
          when !(step.task().action() instanceof ActionPlan.Local) ->
          Optional.of(new Place(step, Direction.ACTION, attempt));
      // another saga is called back by a transaction: nothing is known of it that is not there
      case Decision.Compensate(PlacedStep step, int attempt)
          when step.plan() instanceof TaskPlan task
              && task.compensation() instanceof CompensationPlan.Remote ->
          Optional.of(new Place(step, Tasks.backward(step), attempt));
      case Decision.Confirm(PlacedStep step, int attempt) ->
          Optional.of(new Place(step, Direction.CONFIRM, attempt));
      case Decision recorded -> Optional.empty();
    };
  }
}
