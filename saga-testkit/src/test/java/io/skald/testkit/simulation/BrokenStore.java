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

/** A store that does what it should, but for what a subclass breaks. */
abstract class BrokenStore implements SagaStore {
  final SagaStore sound;

  BrokenStore(SagaStore sound) {
    this.sound = sound;
  }

  @Override
  public List<String> join(NodeRegistration node) {
    return sound.join(node);
  }

  @Override
  public boolean heartbeat(NodeId node) {
    return sound.heartbeat(node);
  }

  @Override
  public void leave(NodeId node) {
    sound.leave(node);
  }

  @Override
  public void release(NodeId node) {
    sound.release(node);
  }

  @Override
  public List<StartResult> start(List<NewSaga> sagas) {
    return sound.start(sagas);
  }

  @Override
  public List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    return start(sagas).stream().map(Optional::of).toList();
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    return sound.start(connection, saga);
  }

  @Override
  public List<WriteResult> write(List<Transition> transitions) {
    return sound.write(transitions);
  }

  @Override
  public List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    return write(transitions).stream().map(Optional::of).toList();
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    return sound.runLocal(fence, limit, work);
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return sound.settle(saga, owner);
  }

  @Override
  public LockResult acquireLocks(Fence fence, LockRequest request) {
    return sound.acquireLocks(fence, request);
  }

  @Override
  public int wakeLockWaiters(int limit) {
    return sound.wakeLockWaiters(limit);
  }

  @Override
  public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
    return sound.freeLostLocks(after, limit);
  }

  @Override
  public SignalResult signal(NewSignal signal) {
    return sound.signal(signal);
  }

  @Override
  public SignalResult signal(Connection connection, NewSignal signal) {
    return sound.signal(connection, signal);
  }

  @Override
  public Optional<Addressee> addressee(SagaId saga, String path) {
    return sound.addressee(saga, path);
  }

  @Override
  public Optional<Addressee> addressee(Connection connection, SagaId saga, String path) {
    return sound.addressee(connection, saga, path);
  }

  @Override
  public Poll poll(Collection<DefinitionRef> definitions, int limit) {
    return sound.poll(definitions, limit);
  }

  @Override
  public Signals signals(SagaId saga) {
    return sound.signals(saga);
  }

  @Override
  public Optional<SignalRow> pendingSignal(UUID id) {
    return sound.pendingSignal(id);
  }

  @Override
  public UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return sound.unclaimed(age, after, limit);
  }

  @Override
  public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return sound.claim(node, definitions, limit);
  }

  @Override
  public List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return sound.claimUrgent(node, definitions, limit);
  }

  @Override
  public List<SagaId> owned(NodeId node) {
    return sound.owned(node);
  }

  @Override
  public Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return sound.amend(saga, decide);
  }

  @Override
  public Optional<SagaSnapshot> load(SagaId saga) {
    return sound.load(saga);
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    return sound.rows(sagas);
  }

  @Override
  public Optional<SagaRow> find(String definition, String businessKey) {
    return sound.find(definition, businessKey);
  }

  @Override
  public List<SagaRow> findByKey(String businessKey, int limit) {
    return sound.findByKey(businessKey, limit);
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return sound.search(query);
  }

  @Override
  public List<SagaRow> children(SagaId parent) {
    return sound.children(parent);
  }

  @Override
  public Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return sound.relocate(saga, decide);
  }

  @Override
  public Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return sound.admit(limit, attempt, permit);
  }

  @Override
  public boolean giveBack(Permit permit) {
    return sound.giveBack(permit);
  }

  @Override
  public List<Permit> permits(Collection<Limit> limits, NodeId node) {
    return sound.permits(limits, node);
  }

  @Override
  public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
    return sound.wakeWaiters(limits, lane);
  }

  @Override
  public TableFacts tableFacts(List<Expiry> expiries) {
    return sound.tableFacts(expiries);
  }

  @Override
  public Erased erase(Erasing which, Amendment.Audit audit) {
    return sound.erase(which, audit);
  }

  @Override
  public List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    return sound.unfinished(definition, after, limit);
  }

  @Override
  public List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit) {
    return sound.restTimes(definition, before, limit);
  }

  @Override
  public Standings standings(Collection<DefinitionRef> except) {
    return sound.standings(except);
  }

  @Override
  public List<DefinitionRef> orphanedDefinitions() {
    return sound.orphanedDefinitions();
  }

  @Override
  public List<UnknownStatus> unknownStatuses() {
    return sound.unknownStatuses();
  }

  @Override
  public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive) {
    return sound.purge(expiry, after, limit, archive);
  }

  @Override
  public PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return sound.purgeSignals(age, after, limit);
  }
}
