package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.LogStatus;

/**
 * Decides what becomes of a saga at a step that cannot succeed any more: it turns around, or needs
 * a human. Pure.
 */
final class StepFailure {
  private final SagaDefinition<?, ?> definition;
  private final SagaState state;

  StepFailure(SagaDefinition<?, ?> definition, SagaState state) {
    this.definition = definition;
    this.state = state;
  }

  /** A step whose last attempt was made: the definition may leave what follows to an operator. */
  Decision ended(PlacedStep step, Entry entry) {
    if (entry.isForOperator()) {
      return new Decision.Stick(step.path(), "its attempts are spent, and an operator decides");
    }
    return entry.status() == LogStatus.FAILED ? failed(step) : unknown(step);
  }

  /** What waits beside the step that ends the saga's way is given up with it. */
  Decision failed(PlacedStep step) {
    return switch (step.position()) {
      case COMPENSATABLE, PIVOT -> turnAround(step);
      case RETRIABLE -> new Decision.Stick(step.path(), "a step after the pivot cannot succeed");
    };
  }

  /** A step that may have taken effect, and nobody can tell. */
  Decision unknown(PlacedStep step) {
    return switch (step.position()) {
      case COMPENSATABLE -> turnAround(step);
      case PIVOT ->
          step.task().compensation() instanceof CompensationPlan.None
              ? new Decision.Stick(step.path(), "nobody can tell whether the pivot took effect")
              : turnAround(step);
      case RETRIABLE ->
          new Decision.Stick(
              step.path(), "nobody can tell whether a step after the pivot took effect");
    };
  }

  private Decision turnAround(PlacedStep step) {
    return new Decision.TurnAround(step.path(), "", LooseEnds.of(definition::stepAt, state));
  }
}
