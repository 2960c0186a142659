package io.skald.testkit.simulation;

import io.skald.engine.runtime.RunContext;
import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.saga.error.SagaStoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A simulated node's right to act: heartbeats, and what it knows of them. */
final class SimulatedLease implements RunContext.Lease {
  private final Simulation simulation;
  private final SimulatedNode node;
  private final FaultyStore store;
  private final Sources sources;
  private @Nullable Incarnation incarnation;

  /** An incarnation and the end of its right to act, on the node's own clock. */
  private record Incarnation(NodeId id, long endNanos) {}

  SimulatedLease(Simulation simulation, SimulatedNode node, FaultyStore store, Sources sources) {
    this.simulation = simulation;
    this.node = node;
    this.store = store;
    this.sources = sources;
  }

  /** The incarnation under which the node may act now. */
  Optional<NodeId> current() {
    return Optional.ofNullable(incarnation)
        .filter(held -> !node.isDead() && sources.nanoTime() - held.endNanos() < 0)
        .map(Incarnation::id);
  }

  /** The last incarnation, whether or not it may act. */
  Optional<NodeId> last() {
    return Optional.ofNullable(incarnation).map(Incarnation::id);
  }

  @Override
  public boolean isHeld(NodeId id) {
    return current().filter(id::equals).isPresent();
  }

  void beat() {
    Incarnation before = incarnation;
    try {
      long sent = sources.nanoTime();
      if (before != null && store.heartbeat(before.id())) {
        incarnation = new Incarnation(before.id(), endOf(sent));
        return;
      }
      incarnation = null;
      join();
    } catch (SagaStoreException e) {
      // it stops acting when its lease runs out
    }
  }

  private void join() {
    long sent = sources.nanoTime();
    var id = new NodeId(sources.newId());
    var refs = simulation.scenario().registry().refs();
    store.join(new NodeRegistration(id, node.name(), Simulation.LEASE, refs));
    incarnation = new Incarnation(id, endOf(sent));
  }

  private static long endOf(long sent) {
    return sent + Simulation.LEASE.minusSeconds(1).toNanos();
  }
}
