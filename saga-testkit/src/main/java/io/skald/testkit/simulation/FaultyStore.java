package io.skald.testkit.simulation;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The store as one node reaches it: over a network that loses, repeats nothing, and delays. */
final class FaultyStore implements SagaStore {
  private final Simulation simulation;
  private final SimulatedNode node;

  FaultyStore(Simulation simulation, SimulatedNode node) {
    this.simulation = simulation;
    this.node = node;
  }

  /** Something that is sent, and what it is answered. */
  @FunctionalInterface
  private interface Request<R> {
    R send();
  }

  private SagaStore store() {
    return simulation.store();
  }

  private <R> R exchange(FaultPoint point, Supplier<String> what, Request<R> request) {
    simulation.scheduler().pass();
    Fault fault = simulation.strike(point, node, what);
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
        simulation.later(request::send);
        throw lost();
      }
      case DIES_BEFORE -> throw died();
      case DIES_AFTER -> {
        request.send();
        throw died();
      }
      case DIES_LATE -> {
        simulation.later(request::send);
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

  private static SagaStoreException lost() {
    return new SagaStoreException(
        "simulated: the connection broke", SagaStoreException.Kind.TRANSIENT, null);
  }

  private NodeDied died() {
    node.die();
    return new NodeDied();
  }

  private void standStill() {
    node.standStill(simulation.longWhile());
    simulation.scheduler().pass();
  }

  // ---- nodes

  @Override
  public List<String> join(NodeRegistration registration) {
    return exchange(FaultPoint.HEARTBEAT, () -> "joins", () -> store().join(registration));
  }

  @Override
  public boolean heartbeat(NodeId incarnation) {
    return exchange(FaultPoint.HEARTBEAT, () -> "is alive", () -> store().heartbeat(incarnation));
  }

  @Override
  public void leave(NodeId incarnation) {
    store().leave(incarnation);
  }

  @Override
  public void release(NodeId incarnation) {
    store().release(incarnation);
  }

  // ---- start

  @Override
  public List<StartResult> start(List<NewSaga> sagas) {
    return exchange(
        FaultPoint.START,
        () -> "starts " + sagas.getFirst().businessKey(),
        () -> store().start(sagas));
  }

  @Override
  public List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    return start(sagas).stream().map(Optional::of).toList();
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    throw new UnsupportedOperationException("there are no connections in a simulation");
  }

  // ---- write

  @Override
  public List<WriteResult> write(List<Transition> transitions) {
    Transition transition = transitions.getFirst();
    var sent = simulation.invariants().sent(transition);
    return exchange(
        FaultPoint.WRITE, () -> Words.of(simulation, transition), () -> List.of(write(sent)));
  }

  private WriteResult write(Invariants.Sent sent) {
    Optional<SagaSnapshot> before = simulation.truth().load(sent.saga());
    WriteResult result = store().write(List.of(sent.transition())).getFirst();
    if (result == WriteResult.APPLIED) {
      simulation.invariants().onWritten(sent, before.orElseThrow());
    }
    return result;
  }

  @Override
  public List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    return write(transitions).stream().map(Optional::of).toList();
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    simulation.scheduler().pass();
    Fault fault = simulation.strike(FaultPoint.LOCAL, node, () -> Words.of(simulation, fence));
    var attempt = new LocalTry(fence, limit, work);
    if (fault == null) {
      return attempt.commit();
    }
    return switch (fault) {
      case LOST_BEFORE -> attempt.rollBack(new LocalOutcome.InDoubt(lost()));
      case REPLY_LOST ->
          attempt.commit() instanceof LocalOutcome.Committed
              ? new LocalOutcome.InDoubt(lost())
              : new LocalOutcome.FenceLost();
      case APPLIED_LATE -> {
        attempt.commitLate();
        yield new LocalOutcome.InDoubt(lost());
      }
      case DIES_BEFORE -> throw died();
      case DIES_AFTER -> {
        attempt.commit();
        throw died();
      }
      case DIES_LATE -> {
        attempt.commitLate();
        throw died();
      }
      case PAUSED_BEFORE -> {
        standStill();
        yield attempt.commit();
      }
      case PAUSED_AFTER -> {
        LocalOutcome outcome = attempt.commit();
        standStill();
        yield outcome;
      }
      case PAUSED_INSIDE -> {
        attempt.pausedInside = true;
        yield attempt.commit();
      }
      case POSTPONED -> new LocalOutcome.Postponed(lost());
      case THROWS -> attempt.rollBack(rolledBack(new IllegalStateException("simulated")));
      case NO_ANSWER -> {
        simulation.scheduler().sleep(limit);
        yield attempt.rollBack(rolledBack(new TimeoutException("simulated: " + limit)));
      }
      case THROWS_AFTER, REFUSED, ANSWER_LOST, ARRIVES_LATE, SHUT_DOWN ->
          throw new IllegalStateException(fault + " at a local attempt");
    };
  }

  private static LocalOutcome rolledBack(Exception cause) {
    return new LocalOutcome.RolledBack(cause);
  }

  /** A local attempt, whose commit can be held back. */
  private final class LocalTry {
    private final Fence fence;
    private final Duration limit;
    private final LocalWork work;
    private boolean pausedInside;

    private LocalTry(Fence fence, Duration limit, LocalWork work) {
      this.fence = fence;
      this.limit = limit;
      this.work = work;
    }

    /** A transaction that never commits. */
    private static final class RolledBack extends RuntimeException {
      private static final long serialVersionUID = 1L;
    }

    private LocalOutcome commit() {
      return commit(work, null);
    }

    /** Does the work again when it arrives, and records what was drafted when it was sent. */
    private void commitLate() {
      var drafted = new AtomicReference<@Nullable Transition>();
      LocalOutcome unused =
          store()
              .runLocal(
                  fence,
                  limit,
                  transaction -> {
                    drafted.set(work.run(transaction));
                    throw new RolledBack();
                  });
      Transition transition = drafted.get();
      if (transition != null) {
        var sent = simulation.invariants().sent(transition);
        LocalWork again =
            transaction -> {
              Transition ignored = work.run(transaction);
              return transition;
            };
        simulation.later(() -> commit(again, sent));
      }
    }

    private LocalOutcome commit(LocalWork what, Invariants.@Nullable Sent early) {
      var sent = new AtomicReference<Invariants.@Nullable Sent>(early);
      var before = new AtomicReference<@Nullable SagaSnapshot>();
      LocalOutcome outcome =
          store()
              .runLocal(
                  fence,
                  limit,
                  transaction -> {
                    Transition transition = what.run(transaction);
                    breathe();
                    sent.compareAndSet(null, simulation.invariants().sent(transition));
                    before.set(simulation.truth().load(fence.saga()).orElseThrow());
                    return transition;
                  });
      if (outcome instanceof LocalOutcome.Committed) {
        simulation.invariants().onCommitted(known(sent), known(before));
      }
      return outcome;
    }

    private void breathe() {
      if (pausedInside) {
        standStill();
      } else {
        simulation.scheduler().pass();
      }
    }

    private LocalOutcome rollBack(LocalOutcome told) {
      LocalOutcome outcome =
          store()
              .runLocal(
                  fence,
                  limit,
                  transaction -> {
                    Transition unused = work.run(transaction);
                    throw new RolledBack();
                  });
      boolean byUs =
          outcome instanceof LocalOutcome.RolledBack(Throwable cause)
              && cause instanceof RolledBack;
      return byUs ? told : outcome;
    }

    private static <T> T known(AtomicReference<@Nullable T> reference) {
      return Objects.requireNonNull(reference.get());
    }
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return exchange(
        FaultPoint.SETTLE,
        () -> "settles " + Words.key(simulation, saga),
        () -> {
          Optional<SagaSnapshot> found = store().settle(saga, owner);
          found.ifPresent(now -> simulation.invariants().onSettled(now.saga()));
          return found;
        });
  }

  @Override
  public SignalResult signal(NewSignal signal) {
    return store().signal(signal);
  }

  @Override
  public void signal(Connection connection, NewSignal signal) {
    throw new UnsupportedOperationException("there are no connections in a simulation");
  }

  @Override
  public int route(int limit) {
    return store().route(limit);
  }

  @Override
  public Signals signals(SagaId saga) {
    return store().signals(saga);
  }

  @Override
  public List<UnclaimedSignal> unclaimed(Duration age, int limit) {
    return store().unclaimed(age, limit);
  }

  // ---- claim

  /** Whether a claim would find anything; a poll that finds nothing is no point of a run. */
  boolean isAnythingDue(NodeId self) {
    return simulation.truth().rows(simulation.known()).stream().anyMatch(row -> isDue(row, self));
  }

  private boolean isDue(SagaRow row, NodeId self) {
    NodeId owner = row.owner();
    return owner == null
        ? row.wakeAt() != null && !row.wakeAt().isAfter(simulation.now())
        : !owner.equals(self) && !simulation.isCurrent(owner);
  }

  @Override
  public List<Claim> claim(NodeId self, Collection<DefinitionRef> definitions, int limit) {
    return exchange(
        FaultPoint.CLAIM,
        () -> "claims",
        () -> {
          List<Claim> claims = store().claim(self, definitions, limit);
          claims.forEach(simulation.invariants()::onClaimed);
          return claims;
        });
  }

  @Override
  public List<SagaId> owned(NodeId self) {
    return store().owned(self);
  }

  // ---- what the runs never do

  @Override
  public Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return store().amend(saga, decide);
  }

  @Override
  public Optional<SagaSnapshot> load(SagaId saga) {
    return store().load(saga);
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    return store().rows(sagas);
  }

  @Override
  public Optional<SagaRow> find(String definition, String businessKey) {
    return store().find(definition, businessKey);
  }

  @Override
  public List<SagaRow> findByKey(String businessKey, int limit) {
    return store().findByKey(businessKey, limit);
  }

  @Override
  public List<String> orphanedDefinitions() {
    return store().orphanedDefinitions();
  }

  @Override
  public int purge(Duration age, int limit) {
    return store().purge(age, limit);
  }

  @Override
  public int purgeSignals(Duration age, int limit) {
    return store().purgeSignals(age, limit);
  }
}
