package io.skald.testkit.simulation;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.Standings;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnknownStatus;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The store as one node reaches it: over its {@link FaultyLink}. Every call a run makes can be lost
 * there, and so can a node's own, but for its last words ({@code leave}, {@code release}): a node
 * that dies says none. What only people and housekeeping ask for is passed through.
 */
final class FaultyStore implements SagaStore {
  private final Simulation simulation;
  private final FaultyLink link;

  FaultyStore(Simulation simulation, SimulatedNode node) {
    this.simulation = simulation;
    this.link = new FaultyLink(simulation, node);
  }

  private SagaStore store() {
    return simulation.store();
  }

  // ---- nodes

  @Override
  public List<String> join(NodeRegistration registration) {
    return link.exchange(FaultPoint.HEARTBEAT, () -> "joins", () -> store().join(registration));
  }

  @Override
  public boolean heartbeat(NodeId incarnation) {
    return link.exchange(
        FaultPoint.HEARTBEAT, () -> "is alive", () -> store().heartbeat(incarnation));
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
    return link.exchange(
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
    return link.exchange(
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
    return new FaultyAttempt(link, fence, limit, work).run();
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return link.exchange(
        FaultPoint.SETTLE,
        () -> "settles " + Words.key(simulation, saga),
        () -> {
          Optional<SagaSnapshot> found = store().settle(saga, owner);
          found.ifPresent(now -> simulation.invariants().onSettled(now.saga()));
          return found;
        });
  }

  // ---- locks

  @Override
  public LockResult acquireLocks(Fence fence, LockRequest request) {
    return link.exchange(
        FaultPoint.LOCK,
        () -> "asks for the locks of " + Words.key(simulation, fence.saga()),
        () -> store().acquireLocks(fence, request));
  }

  /** Where nobody is to be woken there is no point of a run. */
  @Override
  public int wakeLockWaiters(int limit) {
    return simulation.truth().freedLocks() == 0
        ? 0
        : link.exchange(
            FaultPoint.LOCK, () -> "wakes waiters", () -> store().wakeLockWaiters(limit));
  }

  // ---- signal

  @Override
  public SignalResult signal(NewSignal signal) {
    return link.exchange(
        FaultPoint.SIGNAL,
        () -> "signals " + signal.name() + " to " + signal.businessKey(),
        () -> store().signal(signal));
  }

  @Override
  public SignalResult signal(Connection connection, NewSignal signal) {
    throw new UnsupportedOperationException("there are no connections in a simulation");
  }

  @Override
  public Optional<Addressee> addressee(SagaId saga, String path) {
    return link.exchange(
        FaultPoint.SIGNAL,
        () -> "reads whom a token is of: " + Words.key(simulation, saga),
        () -> store().addressee(saga, path));
  }

  @Override
  public Optional<Addressee> addressee(Connection connection, SagaId saga, String path) {
    throw new UnsupportedOperationException("there are no connections in a simulation");
  }

  /** A poll that routes nothing is no point of a run. */
  @Override
  public Poll poll(Collection<DefinitionRef> definitions, int limit) {
    return simulation.truth().unrouted() == 0
        ? store().poll(definitions, limit)
        : link.exchange(
            FaultPoint.SIGNAL, () -> "routes signals", () -> store().poll(definitions, limit));
  }

  @Override
  public Signals signals(SagaId saga) {
    return link.exchange(
        FaultPoint.SIGNAL,
        () -> "reads the signals of " + Words.key(simulation, saga),
        () -> store().signals(saga));
  }

  @Override
  public Optional<SignalRow> pendingSignal(UUID id) {
    return link.exchange(
        FaultPoint.SIGNAL, () -> "reads a signal", () -> store().pendingSignal(id));
  }

  // ---- claim

  @Override
  public List<Claim> claim(NodeId self, Collection<DefinitionRef> definitions, int limit) {
    return claimed("claims", () -> store().claim(self, definitions, limit));
  }

  @Override
  public List<Claim> claimUrgent(NodeId self, Collection<DefinitionRef> definitions, int limit) {
    return claimed("claims what is urgent", () -> store().claimUrgent(self, definitions, limit));
  }

  private List<Claim> claimed(String what, Supplier<List<Claim>> claim) {
    return link.exchange(
        FaultPoint.CLAIM,
        () -> what,
        () -> {
          List<Claim> claims = claim.get();
          claims.forEach(simulation.invariants()::onClaimed);
          return claims;
        });
  }

  @Override
  public List<SagaId> owned(NodeId self) {
    return link.exchange(
        FaultPoint.HEARTBEAT, () -> "looks what it owns", () -> store().owned(self));
  }

  // ---- other sagas, and operators

  @Override
  public Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return link.exchange(
        FaultPoint.WRITE,
        () -> "amends " + Words.key(simulation, saga),
        () -> store().amend(saga, decide));
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    return link.exchange(
        FaultPoint.SIGNAL, () -> "looks at other sagas", () -> store().rows(sagas));
  }

  @Override
  public Optional<SagaRow> find(String definition, String businessKey) {
    return link.exchange(
        FaultPoint.SIGNAL,
        () -> "looks whose " + businessKey + " is",
        () -> store().find(definition, businessKey));
  }

  // ---- what the runs never do

  @Override
  public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
    return store().freeLostLocks(after, limit);
  }

  @Override
  public Optional<SagaSnapshot> load(SagaId saga) {
    return store().load(saga);
  }

  @Override
  public List<SagaRow> findByKey(String businessKey, int limit) {
    return store().findByKey(businessKey, limit);
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return store().search(query);
  }

  @Override
  public List<SagaRow> children(SagaId parent) {
    return store().children(parent);
  }

  @Override
  public Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return store().relocate(saga, decide);
  }

  @Override
  public Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return store().admit(limit, attempt, permit);
  }

  @Override
  public boolean giveBack(Permit permit) {
    return store().giveBack(permit);
  }

  @Override
  public List<Permit> permits(Collection<Limit> limits, NodeId node) {
    return store().permits(limits, node);
  }

  @Override
  public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
    return store().wakeWaiters(limits, lane);
  }

  @Override
  public TableFacts tableFacts(List<Expiry> expiries) {
    return store().tableFacts(expiries);
  }

  @Override
  public Erased erase(Erasing which, Amendment.Audit audit) {
    return store().erase(which, audit);
  }

  @Override
  public List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    return store().unfinished(definition, after, limit);
  }

  @Override
  public List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit) {
    return link.exchange(
        FaultPoint.SIGNAL,
        () -> "looks how long sagas take",
        () -> store().restTimes(definition, before, limit));
  }

  @Override
  public Standings standings(Collection<DefinitionRef> except) {
    return store().standings(except);
  }

  @Override
  public List<DefinitionRef> orphanedDefinitions() {
    return store().orphanedDefinitions();
  }

  @Override
  public List<UnknownStatus> unknownStatuses() {
    return store().unknownStatuses();
  }

  @Override
  public UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return store().unclaimed(age, after, limit);
  }

  @Override
  public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive) {
    return store().purge(expiry, after, limit, archive);
  }

  @Override
  public PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return store().purgeSignals(age, after, limit);
  }
}
