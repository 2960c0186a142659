package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Which tries are to be confirmed, in the order in which they succeeded. Pure. */
final class Confirmations {
  private Confirmations() {}

  /** Whether any try has succeeded; what an operator put in a try's place is not confirmed. */
  static boolean areThereAny(SagaDefinition<?, ?> definition, SagaState state) {
    return definition.hasConfirmations() && succeeded(definition, state).findAny().isPresent();
  }

  /** The first try that is not confirmed. */
  static Optional<PlacedStep> next(SagaDefinition<?, ?> definition, SagaState state) {
    return definition.hasConfirmations()
        ? succeeded(definition, state).filter(step -> !isConfirmed(step, state)).findFirst()
        : Optional.empty();
  }

  private static boolean isConfirmed(PlacedStep step, SagaState state) {
    return state.entry(step.path(), Direction.CONFIRM).filter(Entry::isPassed).isPresent();
  }

  private static Stream<PlacedStep> succeeded(SagaDefinition<?, ?> definition, SagaState state) {
    return state
        .latestFirst(Direction.ACTION)
        .filter(entry -> entry.status() == LogStatus.SUCCEEDED)
        .sorted(Comparator.comparingInt(Entry::seq))
        .map(entry -> definition.stepAt(entry.path()).filter(Tasks::isConfirmed))
        .flatMap(Optional::stream);
  }
}
