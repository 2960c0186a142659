package io.skald.engine.runtime;

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

/** A store that holds nothing and takes nothing: a test overrides what it is about. */
class EmptyStore implements SagaStore {

  private static UnsupportedOperationException unexpected() {
    return new UnsupportedOperationException("this test expects no such call");
  }

  @Override
  public List<String> join(NodeRegistration node) {
    return List.of();
  }

  @Override
  public boolean heartbeat(NodeId node) {
    return true;
  }

  @Override
  public void leave(NodeId node) {}

  @Override
  public void release(NodeId node) {}

  @Override
  public List<StartResult> start(List<NewSaga> sagas) {
    throw unexpected();
  }

  @Override
  public List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    throw unexpected();
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    throw unexpected();
  }

  @Override
  public List<WriteResult> write(List<Transition> transitions) {
    throw unexpected();
  }

  @Override
  public List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    throw unexpected();
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    throw unexpected();
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return Optional.empty();
  }

  @Override
  public LockResult acquireLocks(Fence fence, LockRequest request) {
    throw unexpected();
  }

  @Override
  public int wakeLockWaiters(int limit) {
    return 0;
  }

  @Override
  public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
    return new FreedLocks(0, Optional.empty());
  }

  @Override
  public SignalResult signal(NewSignal signal) {
    throw unexpected();
  }

  @Override
  public SignalResult signal(Connection connection, NewSignal signal) {
    throw unexpected();
  }

  @Override
  public Optional<Addressee> addressee(SagaId saga, String path) {
    return Optional.empty();
  }

  @Override
  public Optional<Addressee> addressee(Connection connection, SagaId saga, String path) {
    throw unexpected();
  }

  @Override
  public Poll poll(Collection<DefinitionRef> definitions, int limit) {
    return new Poll(0, false, false);
  }

  @Override
  public Signals signals(SagaId saga) {
    return new Signals(0, List.of());
  }

  @Override
  public Optional<SignalRow> pendingSignal(UUID id) {
    return Optional.empty();
  }

  @Override
  public UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return new UnclaimedPage(List.of(), Instant.EPOCH, Optional.empty());
  }

  @Override
  public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return List.of();
  }

  @Override
  public List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return List.of();
  }

  @Override
  public List<SagaId> owned(NodeId node) {
    return List.of();
  }

  @Override
  public Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return Optional.empty();
  }

  @Override
  public Optional<SagaSnapshot> load(SagaId saga) {
    return Optional.empty();
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    return List.of();
  }

  @Override
  public Optional<SagaRow> find(String definition, String businessKey) {
    return Optional.empty();
  }

  @Override
  public List<SagaRow> findByKey(String businessKey, int limit) {
    return List.of();
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return new SagaPage(List.of(), Optional.empty());
  }

  @Override
  public List<SagaRow> children(SagaId parent) {
    return List.of();
  }

  @Override
  public Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return Relocated.ENDED;
  }

  @Override
  public Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return new Admission.Admitted(Duration.ZERO);
  }

  @Override
  public boolean giveBack(Permit permit) {
    return false;
  }

  @Override
  public List<Permit> permits(Collection<Limit> limits, NodeId node) {
    return List.of();
  }

  @Override
  public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
    return true;
  }

  @Override
  public TableFacts tableFacts(List<Expiry> expiries) {
    return new TableFacts(
        List.of(),
        Optional.empty(),
        new TableFacts.Backlog(0, 0, 0, 0, 0),
        List.of(),
        Instant.EPOCH);
  }

  @Override
  public Erased erase(Erasing which, Amendment.Audit audit) {
    return new Erased.Absent();
  }

  @Override
  public List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    return List.of();
  }

  @Override
  public List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit) {
    return List.of();
  }

  @Override
  public Standings standings(Collection<DefinitionRef> except) {
    return new Standings(List.of(), Instant.EPOCH);
  }

  @Override
  public List<DefinitionRef> orphanedDefinitions() {
    return List.of();
  }

  @Override
  public List<UnknownStatus> unknownStatuses() {
    return List.of();
  }

  @Override
  public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive) {
    return new PurgedSagas(0, Optional.empty());
  }

  @Override
  public PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return new PurgedPage(0, Optional.empty());
  }
}
