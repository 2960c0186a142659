package io.skald.testkit.simulation;

import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import java.util.function.Supplier;

/** The network between one node and the store: it loses, repeats nothing, and delays. */
final class FaultyLink {
  private final Simulation simulation;
  private final SimulatedNode node;

  FaultyLink(Simulation simulation, SimulatedNode node) {
    this.simulation = simulation;
    this.node = node;
  }

  Simulation simulation() {
    return simulation;
  }

  SimulatedNode node() {
    return node;
  }

  /** Something that is sent, and what it is answered. */
  @FunctionalInterface
  interface Request<R> {
    R send();
  }

  /** Sends a request, unless a fault strikes; with one, says what a network or a process would. */
  <R> R exchange(FaultPoint point, Supplier<String> what, Request<R> request) {
    simulation.scheduler().pass();
    Fault fault = simulation.faults().strike(point, node, what);
    if (fault == null) {
      return request.send();
    }
    return switch (fault) {
      case LOST_BEFORE -> throw lost();
      case REPLY_LOST -> {
        request.send();
        throw lost();
      }
      case APPLIED_LATE -> {
        later(request);
        throw lost();
      }
      case DIES_BEFORE -> throw died();
      case DIES_AFTER -> {
        request.send();
        throw died();
      }
      case DIES_LATE -> {
        later(request);
        throw died();
      }
      case PAUSED_BEFORE -> {
        standStill();
        yield request.send();
      }
      case PAUSED_AFTER -> {
        R reply = request.send();
        standStill();
        yield reply;
      }
      case SHUT_DOWN -> {
        node.shutDown();
        yield request.send();
      }
      case PAUSED_INSIDE,
          POSTPONED,
          THROWS,
          THROWS_AFTER,
          REFUSED,
          NO_ANSWER,
          ANSWER_LOST,
          ARRIVES_LATE ->
          throw new IllegalStateException(fault + " at " + point);
    };
  }

  private <R> void later(Request<R> request) {
    simulation
        .faults()
        .later(
            () -> {
              try {
                R unused = request.send();
              } catch (IllegalSagaStateException e) {
                // refused when it arrived, and nobody is there any more to hear that
              }
            });
  }

  /** The connection broke, and the node is told. */
  static SagaStoreException lost() {
    return new SagaStoreException(
        "simulated: the connection broke", SagaStoreException.Kind.TRANSIENT, null);
  }

  /** The node dies here. */
  NodeDied died() {
    node.die();
    return new NodeDied();
  }

  /** The node stands still for a long while. */
  void standStill() {
    node.standStill(simulation.faults().longWhile());
    simulation.scheduler().pass();
  }
}
