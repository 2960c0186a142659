package io.skald.testkit;

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
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, with the semantics of the real one: fences, leases by its own clock, a local
 * transaction whose fence is checked last. It obeys {@link SagaStoreContract}, as the real one
 * does. A local step finds its business tables by {@code tx.unwrap(InMemoryTables.class)}; there is
 * a JDBC connection only if the store was given some. An {@code Error} of no kind the JDK knows
 * ends a local attempt as a crash would: nothing is committed, and it is thrown on. Safe for use by
 * several threads.
 */
public final class InMemorySagaStore implements SagaStore {
  private final InstantSource clock;
  private final @Nullable Supplier<Connection> connections;
  private final InMemorySagas sagas;
  private final InMemorySignals signals;
  private final InMemoryLocks locks;
  private final InMemoryNodes nodes;
  private final InMemoryClaims claims;
  private final InMemoryWrites writes;
  private final InMemoryPermits permits;
  private final Map<InMemoryTables.Place, Object> tables = new HashMap<>();

  /** A store whose time is that of {@code clock}. */
  public InMemorySagaStore(InstantSource clock) {
    this(clock, null);
  }

  /**
   * A store whose local steps may ask for a connection.
   *
   * @param clock the store's time
   * @param connections a fresh connection at each call, at most one for each local attempt; the
   *     store turns autocommit off, commits or rolls back, and closes it; null for none
   */
  public InMemorySagaStore(InstantSource clock, @Nullable Supplier<Connection> connections) {
    this(clock, connections, UUID::randomUUID);
  }

  /**
   * A store that takes what is random from outside.
   *
   * @param clock the store's time
   * @param connections a fresh connection at each call, as above; null for none
   * @param ids a fresh value at each call: the token keys of sagas, and the ids of signals the
   *     store sends itself
   */
  public InMemorySagaStore(
      InstantSource clock, @Nullable Supplier<Connection> connections, Supplier<UUID> ids) {
    this.clock = clock;
    this.connections = connections;
    this.sagas = new InMemorySagas(ids);
    this.locks = new InMemoryLocks(sagas);
    this.signals = new InMemorySignals(sagas::find, ids);
    this.writes = new InMemoryWrites(sagas, signals, locks);
    this.nodes = new InMemoryNodes(clock);
    this.claims = new InMemoryClaims(sagas, nodes);
    this.permits = new InMemoryPermits(clock, sagas, nodes);
  }

  /** A store whose time is that of this machine. */
  public InMemorySagaStore() {
    this(InstantSource.system());
  }

  /** The committed rows of a business table, by key. */
  public Map<String, Object> table(String name) {
    return InMemoryTables.rows(tables, name);
  }

  /** What operators did, in order. */
  public synchronized List<Amendment.Audit> audits() {
    return writes.audits();
  }

  /** Leaves a signal as a sender's transaction does that has committed: written, not routed yet. */
  public synchronized void signalJoined(NewSignal signal) {
    SignalResult unused = signals.join(signal, clock.instant());
  }

  /** How many signals wait to be routed. */
  public synchronized int unrouted() {
    return signals.unrouted();
  }

  // ---- nodes

  @Override
  public synchronized List<String> join(NodeRegistration node) {
    return nodes.join(node, sagas::unfinished);
  }

  @Override
  public synchronized boolean heartbeat(NodeId node) {
    return nodes.heartbeat(node);
  }

  @Override
  public synchronized void leave(NodeId node) {
    nodes.leave(node);
  }

  @Override
  public void release(NodeId node) {
    // nothing is kept for it
  }

  // ---- start

  @Override
  public synchronized List<StartResult> start(List<NewSaga> started) {
    return started.stream().map(saga -> sagas.start(saga, clock.instant())).toList();
  }

  @Override
  public List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    return start(sagas).stream().map(Optional::of).toList();
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    throw new UnsupportedOperationException(
        "the in-memory store has no connections (expected: start without joining one)");
  }

  // ---- write

  @Override
  public synchronized List<WriteResult> write(List<Transition> transitions) {
    Instant now = clock.instant();
    return transitions.stream().map(transition -> writes.write(transition, now)).toList();
  }

  @Override
  public List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    return write(transitions).stream().map(Optional::of).toList();
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    var attempt = new InMemoryAttempt(clock, limit);
    try (var open = new InMemoryTransaction(new InMemoryTables(tables), connections)) {
      return attempt.run(open, work, transition -> commit(open, transition));
    }
  }

  /** The fence is checked last, under the lock: a takeover can have happened during the work. */
  private synchronized LocalOutcome commit(InMemoryTransaction open, Transition transition) {
    if (writes.check(transition) != WriteResult.APPLIED) {
      return new LocalOutcome.FenceLost();
    }
    try {
      open.commit();
    } catch (SQLException e) {
      return new LocalOutcome.RolledBack(e);
    }
    writes.apply(transition, clock.instant());
    return new LocalOutcome.Committed();
  }

  @Override
  public synchronized Optional<SagaSnapshot> settle(SagaId id, NodeId owner) {
    StoredSaga saga = sagas.of(id);
    if (saga == null || !owner.equals(saga.owner())) {
      return Optional.empty();
    }
    saga.raiseEpoch();
    return Optional.of(saga.snapshot(clock.instant()));
  }

  // ---- locks

  @Override
  public synchronized LockResult acquireLocks(Fence fence, LockRequest request) {
    return locks.acquire(fence, request, clock.instant());
  }

  @Override
  public synchronized int wakeLockWaiters(int limit) {
    return locks.wake(limit, clock.instant());
  }

  @Override
  public synchronized FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
    return locks.freeLost(after, Math.max(1, limit));
  }

  /** Every lock: of each key who has one, and then who waits, in order of their turns. */
  public synchronized List<LockRow> locks() {
    return locks.rows();
  }

  /** How many keys there are of which something was given back, and nobody was woken yet. */
  public synchronized int freedLocks() {
    return locks.noted();
  }

  // ---- signal

  @Override
  public synchronized SignalResult signal(NewSignal signal) {
    return signals.send(signal, clock.instant());
  }

  @Override
  public SignalResult signal(Connection connection, NewSignal signal) {
    throw new UnsupportedOperationException(
        "the in-memory store has no connections (expected: signal without joining one)");
  }

  @Override
  public synchronized Optional<Addressee> addressee(SagaId id, String path) {
    return Optional.ofNullable(sagas.of(id)).map(saga -> saga.addressee(path));
  }

  @Override
  public Optional<Addressee> addressee(Connection connection, SagaId id, String path) {
    throw new UnsupportedOperationException(
        "the in-memory store has no connections (expected: signal without joining one)");
  }

  @Override
  public synchronized Poll poll(Collection<DefinitionRef> definitions, int limit) {
    Instant now = clock.instant();
    int routed = signals.route(limit, now);
    return claims.poll(routed, definitions, now);
  }

  @Override
  public synchronized Signals signals(SagaId id) {
    StoredSaga saga = sagas.of(id);
    return saga == null
        ? new Signals(0, List.of())
        : new Signals(saga.signals(), signals.pending(saga.started()));
  }

  @Override
  public synchronized Optional<SignalRow> pendingSignal(UUID id) {
    return signals.pending(id);
  }

  @Override
  public synchronized UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return signals.unclaimed(clock.instant(), age, after, limit);
  }

  // ---- claim

  @Override
  public synchronized List<Claim> claim(
      NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claims.claim(node, definitions, limit, clock.instant());
  }

  @Override
  public synchronized List<Claim> claimUrgent(
      NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claims.claimUrgent(node, definitions, limit, clock.instant());
  }

  @Override
  public synchronized List<SagaId> owned(NodeId node) {
    return sagas
        .all()
        .filter(saga -> node.equals(saga.owner()))
        .map(saga -> saga.started().id())
        .toList();
  }

  // ---- limits

  @Override
  public synchronized Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return permits.admit(limit, attempt, permit);
  }

  @Override
  public synchronized boolean giveBack(Permit permit) {
    return permits.giveBack(permit);
  }

  @Override
  public synchronized List<Permit> permits(Collection<Limit> limits, NodeId node) {
    return permits.of(limits, node);
  }

  @Override
  public synchronized boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
    permits.wake(limits, lane);
    return true;
  }

  // ---- operate

  @Override
  public synchronized Optional<SagaSnapshot> amend(
      SagaId id, Function<SagaSnapshot, Amendment> decide) {
    return writes.amend(id, decide, clock.instant());
  }

  @Override
  public synchronized Relocated relocate(
      SagaId id, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return writes.relocate(id, decide, clock.instant());
  }

  @Override
  public synchronized Erased erase(Erasing which, Amendment.Audit audit) {
    return new InMemoryErasures(sagas, signals, () -> writes.audit(audit))
        .erase(which, clock.instant());
  }

  // ---- read

  @Override
  public synchronized List<SagaId> unfinished(
      DefinitionRef definition, Optional<SagaId> after, int limit) {
    return sagas.unfinished(definition, after, limit);
  }

  @Override
  public synchronized Optional<SagaSnapshot> load(SagaId id) {
    return Optional.ofNullable(sagas.of(id)).map(saga -> saga.snapshot(clock.instant()));
  }

  @Override
  public synchronized List<SagaRow> rows(Collection<SagaId> ids) {
    return sagas.rows(ids);
  }

  @Override
  public synchronized Optional<SagaRow> find(String definition, String businessKey) {
    return sagas.find(definition, businessKey).map(StoredSaga::row);
  }

  @Override
  public synchronized List<SagaRow> findByKey(String businessKey, int limit) {
    return sagas.findByKey(businessKey, limit);
  }

  @Override
  public synchronized SagaPage search(SagaQuery query) {
    return sagas.search(query);
  }

  @Override
  public synchronized List<SagaRow> children(SagaId parent) {
    return sagas.children(parent);
  }

  @Override
  public synchronized List<Duration> restTimes(
      DefinitionRef definition, Collection<String> before, int limit) {
    return new InMemoryRests(sagas, before).of(definition, limit, clock.instant());
  }

  @Override
  public synchronized Standings standings(Collection<DefinitionRef> except) {
    return sagas.standings(except, clock.instant());
  }

  // ---- keep house

  @Override
  public synchronized List<DefinitionRef> orphanedDefinitions() {
    return claims.orphanedDefinitions(clock.instant());
  }

  /** None: what is kept here was written by this version. */
  @Override
  public List<UnknownStatus> unknownStatuses() {
    return List.of();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if there is an archive: there is no connection for it
   */
  @Override
  public synchronized PurgedSagas purge(
      Expiry expiry, Instant after, int limit, SagaArchive archive) {
    if (archive != SagaArchive.NONE) {
      throw new UnsupportedOperationException(
          "the in-memory store has no connections (expected: SagaArchive.NONE)");
    }
    List<StoredSaga> looked = sagas.ended(after, clock.instant().minus(expiry.age()), limit);
    List<NewSaga> ended = sagas.purge(looked, expiry);
    ended.forEach(signals::purgeOf);
    Optional<Instant> next =
        looked.isEmpty() || looked.size() < limit
            ? Optional.empty()
            : Optional.of(looked.getLast().finishedAt());
    return new PurgedSagas(ended.size(), next);
  }

  @Override
  public synchronized PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return signals.purge(clock.instant().minus(age), after, limit);
  }

  @Override
  public synchronized TableFacts tableFacts(List<Expiry> expiries) {
    return new InMemorySurvey(sagas, clock.instant()).facts(expiries);
  }
}
