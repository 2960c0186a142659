package io.skald.testkit.simulation;

import io.skald.engine.runtime.Operator;
import io.skald.engine.spi.SagaRow;
import io.skald.saga.SagaId;
import io.skald.saga.SagaOperator;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the operator sits: cancels the saga that the scenario says, and deals with what is stuck
 * through any node, again until it is not stuck any more.
 */
final class Console {
  /** Who does it. */
  static final String ACTOR = "simulation";

  /** Why it is done. */
  static final String REASON = "as the scenario asks";

  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Simulation simulation;

  /** What an operator does with a saga that is stuck. */
  @FunctionalInterface
  interface Handling {
    /** Does it; {@code saga} is the saga as the operator has seen it. */
    void handle(SagaOperator operator, SagaRow saga);
  }

  Console(Simulation simulation) {
    this.simulation = simulation;
  }

  /** Asks for the end of a saga's forward path at once, on no network, if it can still be had. */
  void cancel(SagaId saga) {
    var operator =
        new Operator(
            simulation.scenario().registry(),
            simulation.store(),
            Simulation.CODEC,
            SimulatedNode.LIMITS,
            () -> {});
    try {
      operator.cancel(saga, ACTOR, REASON);
    } catch (IllegalSagaStateException e) {
      // too late: that is an answer, too
    }
  }

  /** Looks for what is stuck from now on, if the scenario says what to do with it. */
  void begin() {
    simulation.scenario().handling().ifPresent(this::lookFrom);
  }

  private void lookFrom(Handling handling) {
    simulation.scheduler().at(EVERY, null, () -> look(handling));
  }

  private void look(Handling handling) {
    Optional<SimulatedNode> node = simulation.anyNode();
    for (SagaRow saga : stuck()) {
      node.ifPresent(
          one -> simulation.scheduler().spawn(one, () -> handle(handling, one.operator(), saga)));
    }
    lookFrom(handling);
  }

  /** Whether it leaves nothing stuck that it was to deal with. */
  boolean isDone() {
    return simulation.scenario().handling().isEmpty() || stuck().isEmpty();
  }

  private List<SagaRow> stuck() {
    return simulation.truth().rows(simulation.sagas()).stream()
        .filter(row -> row.status() == SagaStatus.STUCK)
        .toList();
  }

  private static void handle(Handling handling, SagaOperator operator, SagaRow saga) {
    try {
      handling.handle(operator, saga);
    } catch (SagaStoreException e) {
      // whether it was done the next look tells
    } catch (IllegalSagaStateException e) {
      // it was done before: an answer was lost, or the request came late
    }
  }
}
