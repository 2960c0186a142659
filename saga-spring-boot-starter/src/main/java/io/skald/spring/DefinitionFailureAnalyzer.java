package io.skald.spring;

import io.skald.saga.error.SagaDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do when a definition stops the application from starting. */
final class DefinitionFailureAnalyzer extends AbstractFailureAnalyzer<SagaDefinitionException> {
  private static final String ACTION =
      """
      Change the definition, or the beans it names, to what the description expects.

      Handlers are beans of the application context, found by type, and by qualifier where there \
      are several. Guards are breakers, bulkheads or rate limiters in Resilience4j's registries.

      If the structure of a definition changed while sagas of it are unfinished, raise its \
      version(..), and keep the old definition as a second bean until they have ended. So, too, \
      where the description names sagas in flight; with skald.deploy-gate=log the application \
      starts without, and leaves them to others.\
      """;

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, SagaDefinitionException cause) {
    return new FailureAnalysis(
        "A saga definition cannot be used:%n%n    %s".formatted(cause.getMessage()), ACTION, cause);
  }
}
