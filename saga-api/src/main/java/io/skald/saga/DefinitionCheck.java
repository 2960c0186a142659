package io.skald.saga;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.HashSet;

/**
 * Refuses definitions that compile and still make no sense, with a message that says what to do.
 */
final class DefinitionCheck {
  private DefinitionCheck() {}

  static void check(DefinitionDraft<?> draft) {
    if (draft.steps().size() > SagaDefinition.STEPS_MAX) {
      throw new SagaDefinitionException(
          "steps: %d (expected: <= %d)".formatted(draft.steps().size(), SagaDefinition.STEPS_MAX),
          draft.name(),
          null);
    }
    var names = new HashSet<String>();
    for (PlacedStep step : draft.steps()) {
      if (!names.add(step.name())) {
        throw refused(draft, step, "stands there twice; give one another name with as(..)");
      }
      checkPlace(draft, step);
    }
  }

  private static void checkPlace(DefinitionDraft<?> draft, PlacedStep step) {
    TaskPlan plan = step.plan();
    switch (step.position()) {
      case COMPENSATABLE -> {}
      case PIVOT -> checkPivot(draft, step);
      case RETRIABLE -> {
        if (!(plan.compensation() instanceof CompensationPlan.None)) {
          throw refused(
              draft, step, "follows the pivot and is never compensated; drop its compensation");
        }
      }
    }
  }

  private static void checkPivot(DefinitionDraft<?> draft, PlacedStep step) {
    if (draft.deadline() != null && draft.steps().getFirst().equals(step)) {
      throw refused(
          draft,
          step,
          "is the pivot and the first step, and a deadline holds only until the pivot begins; drop"
              + " deadline(..), or bound the step with timeout(..) and retry(..)");
    }
    boolean settled =
        switch (step.plan().action()) {
          case ActionPlan.Local local -> true;
          case ActionPlan.Remote remote ->
              remote.verification() != null
                  || step.plan().compensation() instanceof CompensationPlan.Remote;
        };
    if (!settled) {
      throw refused(
          draft,
          step,
          "is a remote pivot, and a call that times out would leave nobody the wiser; add"
              + " verify(..) or compensationIfUnknown(..)");
    }
  }

  private static SagaDefinitionException refused(
      DefinitionDraft<?> draft, PlacedStep step, String why) {
    return new SagaDefinitionException(
        "saga %s: step %s %s".formatted(draft.name(), step.name(), why), draft.name(), step.name());
  }
}
