package io.skald.engine;

import io.skald.engine.spi.AttemptGuard;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses definitions that name guards which are not there.
 *
 * @param guard the guards there are
 * @param limits the names of the limits there are
 */
record RequiredGuards(AttemptGuard guard, Set<String> limits) {

  /**
   * Checks one definition.
   *
   * @throws SagaDefinitionException if a guard is missing
   */
  void check(SagaDefinition<?, ?> definition) {
    for (var step : definition.allSteps()) {
      String named = step.plan() instanceof TaskPlan task ? guardOf(task.action()) : null;
      if (named != null && !limits.contains(named) && !guard.knows(named)) {
        throw new SagaDefinitionException(
            "saga %s: step %s names guard %s, and there is none (expected: Builder.guard(..) with"
                    .formatted(definition.name(), step.name(), named)
                + " a breaker, bulkhead or rate limiter of that name, or Builder.limit(..))",
            definition.name(),
            step.name());
      }
    }
  }

  private static @Nullable String guardOf(ActionPlan action) {
    return switch (action) {
      case ActionPlan.Local local -> null;
      case ActionPlan.Remote remote -> remote.guard();
      case ActionPlan.Async async -> async.guard();
    };
  }
}
