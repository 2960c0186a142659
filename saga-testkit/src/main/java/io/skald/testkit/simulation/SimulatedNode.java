package io.skald.testkit.simulation;

import io.skald.engine.guard.Unguarded;
import io.skald.engine.journal.DirectJournal;
import io.skald.engine.runtime.Completions;
import io.skald.engine.runtime.FleetLimits;
import io.skald.engine.runtime.LanedGuard;
import io.skald.engine.runtime.Limits;
import io.skald.engine.runtime.Operator;
import io.skald.engine.runtime.RestPaces;
import io.skald.engine.runtime.RunContext;
import io.skald.engine.runtime.SagaRun;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.saga.SagaId;
import io.skald.saga.SagaOperator;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A node of the simulation: it joins, says that it is alive, claims, checks itself and runs sagas
 * as the engine's node does, but one thing at a time and on the virtual clock.
 */
final class SimulatedNode implements Scheduler.Host {
  /** What may be stored, and how often a saga may lose its node. */
  static final Limits LIMITS = new Limits(1024 * 1024, 10);

  private static final int CLAIM_MAX = 64;
  private static final int SIGNALS_MAX = 64;
  private static final int LOCKS_MAX = 64;

  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration MOMENT = Duration.ofMillis(100);

  private final Simulation simulation;
  private final String name;
  private final FaultyStore store;
  private final SimulatedLease lease;
  private final RunContext context;
  private final SimulatedRuns runs;
  private Set<SagaId> missing = Set.of();
  private Instant pausedUntil = Instant.MIN;
  private boolean full;
  private boolean closing;
  private boolean dead;

  SimulatedNode(Simulation simulation, String name, int number) {
    this.simulation = simulation;
    this.name = name;
    this.store = new FaultyStore(simulation, this);
    var sources = new SimulatedSources(simulation, number);
    this.lease = new SimulatedLease(simulation, this, store, sources);
    this.runs = new SimulatedRuns(simulation, this);
    this.context =
        new RunContext(
            store,
            new DirectJournal(store),
            Simulation.CODEC,
            FleetLimits.none(store, sources),
            new LanedGuard(Unguarded.UNGUARDED, sources),
            new FaultyCalls(simulation, this),
            () -> simulation.scheduler().crew(this, simulation.invariants()::byTheSameRun),
            lease,
            sources,
            event -> {},
            LIMITS,
            new RestPaces(store, sources),
            () -> {});
  }

  String name() {
    return name;
  }

  RunContext context() {
    return context;
  }

  SimulatedRuns runs() {
    return runs;
  }

  /** What an operator does through this node. */
  SagaOperator operator() {
    return new Operator(
        simulation.scenario().registry(), store, Simulation.CODEC, LIMITS, context.due());
  }

  /** What is said here of steps by token. */
  Completions completions() {
    return new Completions(simulation.scenario().registry(), context);
  }

  // ---- life and death

  void open() {
    every(Duration.ZERO, Simulation.HEARTBEAT, lease::beat);
    every(Simulation.POLL, Simulation.POLL, this::poll);
    every(Simulation.HEARTBEAT, Simulation.HEARTBEAT, this::selfCheck);
  }

  private void every(Duration first, Duration interval, Runnable chore) {
    simulation.scheduler().at(first, this, () -> again(interval, chore));
  }

  private void again(Duration interval, Runnable chore) {
    try {
      chore.run();
      every(interval, interval, chore);
    } catch (NodeDied e) {
      // it never does its chores again
    }
  }

  @Override
  public boolean isDead() {
    return dead;
  }

  void die() {
    if (!dead) {
      dead = true;
      simulation.died(this);
    }
  }

  /** Claims no more, and leaves when nothing runs; what still runs by then is left as it is. */
  void shutDown() {
    if (!closing) {
      closing = true;
      leaveOrWait(simulation.now().plus(SHUTDOWN_TIMEOUT));
    }
  }

  private void leaveOrWait(Instant end) {
    boolean atRest = runs.isEmpty();
    if (!atRest && simulation.now().isBefore(end)) {
      simulation.scheduler().at(MOMENT, this, () -> leaveOrWait(end));
      return;
    }
    if (atRest) {
      lease.last().ifPresent(store::leave);
    }
    die();
  }

  @Override
  public Instant pausedUntil() {
    return pausedUntil;
  }

  /** Is not scheduled for that long, as in a long collection of garbage. */
  void standStill(Duration duration) {
    pausedUntil = simulation.now().plus(duration);
  }

  /** The incarnation under which this node may act now. */
  Optional<NodeId> current() {
    return lease.current();
  }

  // ---- claims

  private void poll() {
    if (!closing && current().isPresent()) {
      Poll poll = look();
      if (poll.due()) {
        claim(poll.urgent());
      }
    }
  }

  private void wakeLockWaiters() {
    try {
      int unused = store.wakeLockWaiters(LOCKS_MAX);
    } catch (SagaStoreException e) {
      // woken at the next poll, or by another node
    }
  }

  /** Wakes those who wait for locks and routes signals as well. */
  private Poll look() {
    wakeLockWaiters();
    try {
      return store.poll(simulation.scenario().registry().refs(), SIGNALS_MAX);
    } catch (SagaStoreException e) {
      // routed at the next poll, or by another node
      return new Poll(0, true, true);
    }
  }

  /**
   * At every other poll that tells of it what is urgent alone, as if there were room for no more.
   */
  private void claim(boolean isAnythingUrgent) {
    Optional<NodeId> node = current();
    if (closing || node.isEmpty()) {
      return;
    }
    full = isAnythingUrgent && !full;
    try {
      var refs = simulation.scenario().registry().refs();
      List<Claim> claims =
          full
              ? store.claimUrgent(node.get(), refs, CLAIM_MAX)
              : store.claim(node.get(), refs, CLAIM_MAX);
      for (Claim claim : claims) {
        launch(node.get(), claim);
      }
    } catch (SagaStoreException e) {
      // claimed again at the next poll
    }
  }

  private void launch(NodeId node, Claim claim) {
    var saga = simulation.scenario().registry().require(claim.snapshot().saga().definition());
    runs.launch(node, SagaRun.claimed(saga, context, node, claim));
  }

  /** Claims in between, for a saga whose wait is over. */
  void pollOnce() {
    try {
      poll();
    } catch (NodeDied e) {
      // it never claims again
    }
  }

  /** Adopts what this node owns and has not held in two checks running. */
  private void selfCheck() {
    Optional<NodeId> node = current();
    if (closing || node.isEmpty()) {
      return;
    }
    var now = new HashSet<SagaId>();
    for (SagaId saga : ownedBy(node.get())) {
      if (!runs.holds(saga)) {
        now.add(saga);
      }
    }
    var before = missing;
    missing = now;
    now.stream()
        .filter(before::contains)
        .sorted(Comparator.comparing(SagaId::value))
        .forEach(id -> adopt(id, node.get()));
  }

  private List<SagaId> ownedBy(NodeId node) {
    try {
      return store.owned(node);
    } catch (SagaStoreException e) {
      // looked for again at the next check
      return List.of();
    }
  }

  private void adopt(SagaId saga, NodeId node) {
    try {
      store
          .settle(saga, node)
          .ifPresent(
              found -> {
                var known = simulation.scenario().registry().require(found.saga().definition());
                runs.launch(node, SagaRun.adopted(known, context, node, found));
              });
    } catch (SagaStoreException e) {
      // adopted at the next check
    }
  }
}
