package io.skald.engine;

import io.skald.engine.spi.Limit;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.Collection;

/**
 * Refuses limits and rates of what is not there: one with a slip in its name would limit nothing.
 *
 * @param definitions what there is
 */
record LimitedParts(Collection<? extends SagaDefinition<?, ?>> definitions) {

  /**
   * Checks one.
   *
   * @param what a limit or a rate
   * @throws SagaDefinitionException if no definition has what it names
   */
  void check(String what, Limit.Subject subject, String name) {
    boolean isThere =
        definitions.stream()
            .anyMatch(
                definition ->
                    switch (subject) {
                      case SAGA -> definition.name().equals(name);
                      case STEP -> hasTask(definition, name);
                    });
    if (!isThere) {
      throw new SagaDefinitionException(
          "%s of %s: there is none (expected: the name of a %s that is defined here)"
              .formatted(
                  what, subject.called(name), subject == Limit.Subject.SAGA ? "saga" : "task"),
          null,
          null);
    }
  }

  private static boolean hasTask(SagaDefinition<?, ?> definition, String name) {
    return definition.step(name).filter(step -> step.plan() instanceof TaskPlan).isPresent();
  }
}
