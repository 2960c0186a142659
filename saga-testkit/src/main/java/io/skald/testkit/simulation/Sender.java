package io.skald.testkit.simulation;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SignalResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who sends a signal, or says something of work they have, and sends it again, as the same
 * one, until it is known to be there.
 */
final class Sender {
  private static final int TRIES_MAX = 3;
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Simulation simulation;
  private final Client addressee;
  private final Scenario.Route route;
  private final Wording word;
  private @Nullable NewSignal signal;
  private boolean done;
  private boolean refused;

  /** What is sent, as a node makes it; empty if it knows that nobody hears it. */
  @FunctionalInterface
  private interface Wording {
    Optional<NewSignal> at(SimulatedNode node);
  }

  /** Somebody who sends a signal. */
  Sender(Simulation simulation, Client addressee, Scenario.Sending what) {
    this.simulation = simulation;
    this.addressee = addressee;
    this.route = what.route();
    var sent =
        new NewSignal(
            simulation.newId(),
            addressee.definition().name(),
            addressee.key(),
            what.name(),
            what.payload(),
            null);
    this.signal = sent;
    this.word = node -> Optional.of(sent);
  }

  /** Somebody who has work, and says something of it by its token. */
  Sender(Simulation simulation, Client addressee, Scenario.Telling what, String token) {
    this.simulation = simulation;
    this.addressee = addressee;
    this.route = Scenario.Route.NODE;
    this.word =
        node -> what.word().of(node.completions(), node.context().store()::addressee, token);
  }

  /** What is sent; empty if nothing is, because it was refused at once. */
  Optional<NewSignal> signal() {
    return Optional.ofNullable(signal);
  }

  /** The saga it is for, once that is known to be there. */
  Optional<SagaId> saga() {
    return addressee.saga();
  }

  boolean isDone() {
    return done;
  }

  /** Whether it was told that the step does not hear it. */
  boolean isRefused() {
    return refused;
  }

  void begin() {
    switch (route) {
      case SENDERS_TRANSACTION -> {
        signal().ifPresent(simulation.truth()::signalJoined);
        done = true;
      }
      case NODE -> askAnyNode();
    }
  }

  private void askAnyNode() {
    Optional<SimulatedNode> node = simulation.anyNode();
    if (node.isEmpty()) {
      simulation.scheduler().at(AGAIN, null, this::askAnyNode);
      return;
    }
    simulation.scheduler().spawn(node.get(), () -> send(node.get()));
    simulation.scheduler().at(Simulation.LEASE.multipliedBy(4), null, this::askAgain);
  }

  /** Whoever was asked died, or stood still, and never answered. */
  private void askAgain() {
    if (!done) {
      askAnyNode();
    }
  }

  private void send(SimulatedNode node) {
    for (int tries = 1; tries <= TRIES_MAX && !done; tries++) {
      try {
        sendOnce(node);
        return;
      } catch (SagaStoreException e) {
        simulation.scheduler().sleep(Duration.ofMillis(50));
      }
    }
  }

  private void sendOnce(SimulatedNode node) {
    NewSignal sent = signal == null ? word.at(node).orElse(null) : signal;
    signal = sent;
    if (sent == null) {
      refused = true;
      done = true;
    } else {
      answered(node.context().store().signal(sent));
    }
  }

  /** Nobody has a token of a saga that is not there: it was said too early. */
  private void answered(SignalResult result) {
    refused = result == SignalResult.CLOSED || result == SignalResult.PRECEDED;
    done = !refused || saga().isPresent();
  }
}
