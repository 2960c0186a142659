package io.skald.testkit.simulation;

import io.skald.engine.runtime.RunEnd;
import io.skald.engine.runtime.SagaRun;
import io.skald.engine.spi.NodeId;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.util.HashMap;
import java.util.Map;

/** The sagas a simulated node runs: one run of each at a time under one incarnation. */
final class SimulatedRuns {
  private final Simulation simulation;
  private final SimulatedNode node;
  private final Map<SagaId, Held> inFlight = new HashMap<>();

  /** A run, and the incarnation it runs under. */
  private record Held(SagaRun run, NodeId owner) {}

  SimulatedRuns(Simulation simulation, SimulatedNode node) {
    this.simulation = simulation;
    this.node = node;
  }

  boolean isEmpty() {
    return inFlight.isEmpty();
  }

  boolean holds(SagaId saga) {
    return inFlight.containsKey(saga);
  }

  void launch(NodeId owner, SagaRun run) {
    var entering = new Held(run, owner);
    Held held =
        inFlight.merge(
            run.id(), entering, (there, next) -> there.owner().equals(owner) ? there : next);
    if (entering.equals(held)) {
      simulation.scheduler().spawn(node, () -> runAndLeave(entering));
    }
  }

  private void runAndLeave(Held held) {
    SagaRun run = held.run();
    RunEnd end = new RunEnd.Dropped();
    try {
      end = simulation.invariants().running(run.id(), held.owner(), run::run);
    } catch (SagaStoreException e) {
      // the self-check goes on with it
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a simulated run", e);
    } finally {
      inFlight.remove(run.id(), held);
    }
    if (end instanceof RunEnd.Parked parked) {
      simulation.scheduler().at(parked.after(), node, node::pollOnce);
    }
  }
}
