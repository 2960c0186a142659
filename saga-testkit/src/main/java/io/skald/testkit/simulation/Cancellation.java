package io.skald.testkit.simulation;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.runtime.Histories;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import java.util.List;

/** What the operator's cancel does, without the operator. */
final class Cancellation {
  private Cancellation() {}

  /** Asks for the end of the forward path, if it can still be had. */
  static void request(Simulation simulation, SagaId saga) {
    try {
      simulation.store().amend(saga, found -> decided(simulation, found));
    } catch (IllegalSagaStateException e) {
      // too late: that is an answer, too
    }
  }

  private static Amendment decided(Simulation simulation, SagaSnapshot found) {
    SagaState state = Histories.stateOf(found);
    SagaDefinition<?, ?> definition =
        simulation.scenario().registry().require(found.saga().definition()).definition();
    if (state.status().isEnd()
        || state.isTurnedAround()
        || SagaMachine.isPivotReached(definition, state)) {
      throw new IllegalSagaStateException("too late", definition.name(), found.saga().id());
    }
    var audit = new Amendment.Audit("simulation", "cancel", "", "as the scenario asks");
    return new Amendment(List.of(), new SagaChange.RequestCancel(), null, audit);
  }
}
