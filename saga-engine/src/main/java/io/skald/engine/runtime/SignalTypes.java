package io.skald.engine.runtime;

import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.PlacedStep;
import java.lang.reflect.Type;

/** What the waits of a definition take their signals for. */
final class SignalTypes {
  private SignalTypes() {}

  /**
   * Checks that no step awaits a signal of that name and another type.
   *
   * @throws IllegalArgumentException if one does
   */
  static void check(SagaDefinition<?, ?> definition, Signal<?> signal) {
    for (PlacedStep step : definition.allSteps()) {
      if (step.plan() instanceof AwaitPlan await && await.signal().name().equals(signal.name())) {
        check(definition, await, signal.type());
      }
    }
  }

  private static void check(SagaDefinition<?, ?> definition, AwaitPlan await, Type type) {
    Type awaited = await.signal().type();
    if (!awaited.equals(type)) {
      throw new IllegalArgumentException(
          "signal %s: a %s (expected: a %s, as step %s of saga %s awaits it)"
              .formatted(
                  await.signal().name(),
                  type.getTypeName(),
                  awaited.getTypeName(),
                  await.name(),
                  definition.name()));
    }
  }
}
