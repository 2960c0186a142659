package io.skald.testkit.simulation;

import io.skald.engine.runtime.RegisteredSaga;
import io.skald.engine.runtime.SagaRun;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who wants a saga started, and asks again until it is: the same id as long as the engine
 * would, a new one after that.
 */
final class Client {
  private static final int TRIES_MAX = 3;
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Simulation simulation;
  private final Scenario.Start<?> start;
  private @Nullable SagaId saga;
  private boolean done;

  Client(Simulation simulation, Scenario.Start<?> start) {
    this.simulation = simulation;
    this.start = start;
  }

  /** The saga, once it is known to be there. */
  Optional<SagaId> saga() {
    return Optional.ofNullable(saga);
  }

  SagaDefinition<?, ?> definition() {
    return start.definition();
  }

  boolean isDone() {
    return done;
  }

  /** Asks any node. */
  void begin() {
    Optional<SimulatedNode> node = simulation.anyNode();
    if (node.isEmpty()) {
      simulation.scheduler().at(AGAIN, null, this::begin);
      return;
    }
    simulation.scheduler().spawn(node.get(), () -> begin(node.get()));
    simulation.scheduler().at(Simulation.LEASE.multipliedBy(4), null, this::beginAgain);
  }

  /** Whoever was asked died, or stood still, and never answered. */
  private void beginAgain() {
    if (!done) {
      begin();
    }
  }

  private void begin(SimulatedNode node) {
    NodeId owner = node.current().orElse(null);
    NewSaga asked = newSaga(start, owner);
    for (int tries = 1; tries <= TRIES_MAX && !done; tries++) {
      try {
        started(node, node.context().journal().start(asked));
      } catch (SagaStoreException e) {
        simulation.scheduler().sleep(Duration.ofMillis(50));
      }
    }
  }

  private void started(SimulatedNode node, StartResult result) {
    done = true;
    saga = result.saga().id();
    if (result instanceof StartResult.Started(SagaRow row) && row.owner() != null) {
      NodeId owner = row.owner();
      if (node.current().filter(owner::equals).isPresent()) {
        RegisteredSaga known = simulation.scenario().registry().require(row.definition());
        var found = new SagaSnapshot(row, List.of(), row.createdAt());
        node.runs().launch(owner, SagaRun.started(known, node.context(), owner, found));
      }
    }
  }

  /** The business key of what it wants started. */
  String key() {
    return key(start);
  }

  private <I> String key(Scenario.Start<I> what) {
    return what.definition()
        .keyOf(what.input())
        .orElseGet(() -> "client-" + simulation.clients().indexOf(this));
  }

  private <I> NewSaga newSaga(Scenario.Start<I> what, @Nullable NodeId owner) {
    SagaDefinition<I, ?> definition = what.definition();
    var id = simulation.newSaga();
    return new NewSaga(
        id,
        RegisteredSaga.refOf(definition),
        key(what),
        definition.attributesOf(what.input()),
        Simulation.CODEC.encode(what.input(), definition.inputType()),
        "digest",
        definition.deadline().orElse(null),
        owner,
        null,
        Lane.ORDINARY);
  }
}
