package io.skald.testkit;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A store in memory, with the semantics of the real one: fences, leases by its own clock, a local
 * transaction whose fence is checked last. It obeys {@link SagaStoreContract}, as the real one
 * does. A local step finds its business tables by {@code tx.unwrap(InMemoryTables.class)}; there is
 * no JDBC connection. Safe for use by several threads.
 */
public final class InMemorySagaStore implements SagaStore {
  private final InstantSource clock;
  private final Map<SagaId, StoredSaga> sagas = new LinkedHashMap<>();
  private final Map<NodeId, Alive> nodes = new HashMap<>();
  private final List<Amendment.Audit> audits = new ArrayList<>();
  private final Map<InMemoryTables.Place, Object> tables = new HashMap<>();

  private record Alive(NodeRegistration node, Instant expiresAt) {}

  /** A store whose time is that of {@code clock}. */
  public InMemorySagaStore(InstantSource clock) {
    this.clock = clock;
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
    return List.copyOf(audits);
  }

  // ---- nodes

  @Override
  public synchronized List<String> join(NodeRegistration node) {
    List<String> conflicts =
        node.definitions().stream().map(this::conflict).flatMap(Optional::stream).toList();
    if (conflicts.isEmpty()) {
      nodes.put(node.id(), new Alive(node, clock.instant().plus(node.lease())));
    }
    return conflicts;
  }

  private Optional<String> conflict(DefinitionRef ref) {
    long unfinished =
        sagas.values().stream()
            .filter(StoredSaga::isUnfinished)
            .filter(saga -> contradicts(ref, saga.started().definition()))
            .count();
    long live = liveDefinitions().filter(other -> contradicts(ref, other)).count();
    return unfinished + live == 0
        ? Optional.empty()
        : Optional.of(
            "saga %s version %d has another structure in %d unfinished sagas and %d live nodes"
                .formatted(ref.name(), ref.version(), unfinished, live));
  }

  private static boolean contradicts(DefinitionRef one, DefinitionRef other) {
    return one.name().equals(other.name())
        && one.version() == other.version()
        && !one.fingerprint().equals(other.fingerprint());
  }

  private Stream<DefinitionRef> liveDefinitions() {
    return nodes.values().stream()
        .filter(alive -> alive.expiresAt().isAfter(clock.instant()))
        .flatMap(alive -> alive.node().definitions().stream());
  }

  private boolean isAlive(NodeId node) {
    Alive alive = nodes.get(node);
    return alive != null && alive.expiresAt().isAfter(clock.instant());
  }

  @Override
  public synchronized boolean heartbeat(NodeId node) {
    if (!isAlive(node)) {
      return false;
    }
    nodes.computeIfPresent(
        node, (id, alive) -> new Alive(alive.node(), clock.instant().plus(alive.node().lease())));
    return true;
  }

  @Override
  public synchronized void leave(NodeId node) {
    nodes.remove(node);
    for (StoredSaga saga : sagas.values()) {
      if (node.equals(saga.owner())) {
        saga.release(clock.instant());
      }
    }
  }

  // ---- start

  @Override
  public synchronized List<StartResult> start(List<NewSaga> started) {
    return started.stream().map(this::start).toList();
  }

  private StartResult start(NewSaga saga) {
    Optional<StoredSaga> there =
        stored(saga.definition().name(), saga.businessKey())
            .or(() -> Optional.ofNullable(sagas.get(saga.id())));
    if (there.isPresent()) {
      SagaRow row = there.get().row();
      return row.id().equals(saga.id())
          ? new StartResult.Started(row)
          : new StartResult.Existing(row);
    }
    var stored = new StoredSaga(saga, clock.instant());
    sagas.put(saga.id(), stored);
    return new StartResult.Started(stored.row());
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    throw new UnsupportedOperationException(
        "the in-memory store has no connections (expected: start without joining one)");
  }

  private Optional<StoredSaga> stored(String definition, String businessKey) {
    return sagas.values().stream()
        .filter(saga -> saga.started().definition().name().equals(definition))
        .filter(saga -> saga.started().businessKey().equals(businessKey))
        .findFirst();
  }

  // ---- write

  @Override
  public synchronized List<WriteResult> write(List<Transition> transitions) {
    return transitions.stream().map(this::write).toList();
  }

  private WriteResult write(Transition transition) {
    StoredSaga saga = sagas.get(transition.fence().saga());
    if (saga == null || !holds(saga, transition.fence())) {
      return WriteResult.FENCE_LOST;
    }
    if (!saga.admits(transition.rows())) {
      return WriteResult.CONFLICT;
    }
    Instant now = clock.instant();
    saga.write(transition.rows(), now);
    if (transition.change() != null) {
      saga.change(transition.change(), now);
    }
    return WriteResult.APPLIED;
  }

  private static boolean holds(StoredSaga saga, Fence fence) {
    return fence.owner().equals(saga.owner()) && fence.epoch() == saga.epoch();
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    Instant begun = clock.instant();
    var transaction = new OpenTransaction(new InMemoryTables(tables));
    Transition transition;
    try {
      transition = work.run(transaction);
    } catch (Exception | StackOverflowError | OutOfMemoryError | LinkageError e) {
      return new LocalOutcome.RolledBack(e);
    }
    if (Duration.between(begun, clock.instant()).compareTo(limit) > 0) {
      return new LocalOutcome.RolledBack(new TimeoutException("not done within " + limit));
    }
    return commit(transaction, transition);
  }

  private synchronized LocalOutcome commit(OpenTransaction open, Transition transition) {
    return switch (write(transition)) {
      case APPLIED -> {
        open.tables().commit();
        yield new LocalOutcome.Committed();
      }
      case FENCE_LOST, CONFLICT -> new LocalOutcome.FenceLost();
    };
  }

  private record OpenTransaction(InMemoryTables tables) implements LocalTransaction {
    @Override
    public Connection connection() {
      throw new UnsupportedOperationException(
          "the in-memory store has no connection (expected: tx.unwrap(InMemoryTables.class), or a"
              + " test on PostgreSQL)");
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      if (type.isInstance(tables)) {
        return type.cast(tables);
      }
      throw new IllegalArgumentException(
          "type: %s (expected: InMemoryTables)".formatted(type.getName()));
    }
  }

  @Override
  public synchronized Optional<SagaSnapshot> settle(SagaId id, NodeId owner) {
    StoredSaga saga = sagas.get(id);
    if (saga == null || !owner.equals(saga.owner())) {
      return Optional.empty();
    }
    saga.raiseEpoch();
    return Optional.of(saga.snapshot(clock.instant()));
  }

  // ---- claim

  @Override
  public synchronized List<Claim> claim(
      NodeId node, Collection<DefinitionRef> definitions, int limit) {
    if (!isAlive(node)) {
      return List.of();
    }
    Instant now = clock.instant();
    return sagas.values().stream()
        .filter(saga -> definitions.contains(saga.started().definition()))
        .filter(saga -> saga.isDue(now) || isOrphan(saga))
        .limit(limit)
        .map(saga -> claim(node, saga, now))
        .toList();
  }

  private boolean isOrphan(StoredSaga saga) {
    NodeId owner = saga.owner();
    return owner != null && !isAlive(owner);
  }

  private static Claim claim(NodeId node, StoredSaga saga, Instant now) {
    NodeId before = saga.owner();
    saga.claim(node);
    return new Claim(saga.snapshot(now), before);
  }

  @Override
  public synchronized List<SagaId> owned(NodeId node) {
    return sagas.values().stream()
        .filter(saga -> node.equals(saga.owner()))
        .map(saga -> saga.started().id())
        .toList();
  }

  // ---- operate

  @Override
  public synchronized Optional<SagaSnapshot> amend(
      SagaId id, Function<SagaSnapshot, Amendment> decide) {
    StoredSaga saga = sagas.get(id);
    if (saga == null) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    Amendment amendment = decide.apply(saga.snapshot(now));
    if (!saga.admits(amendment.rows())) {
      throw new IllegalStateException("decided on a locked saga, and yet in conflict");
    }
    saga.raiseEpoch();
    saga.write(amendment.rows(), now);
    saga.change(amendment.change(), now);
    audits.add(amendment.audit());
    return Optional.of(saga.snapshot(now));
  }

  // ---- read

  @Override
  public synchronized Optional<SagaSnapshot> load(SagaId id) {
    return Optional.ofNullable(sagas.get(id)).map(saga -> saga.snapshot(clock.instant()));
  }

  @Override
  public synchronized List<SagaRow> rows(Collection<SagaId> ids) {
    return ids.stream()
        .distinct()
        .map(sagas::get)
        .filter(Objects::nonNull)
        .map(StoredSaga::row)
        .toList();
  }

  @Override
  public synchronized Optional<SagaRow> find(String definition, String businessKey) {
    return stored(definition, businessKey).map(StoredSaga::row);
  }

  @Override
  public synchronized List<SagaRow> findByKey(String businessKey, int limit) {
    return sagas.values().stream()
        .filter(saga -> saga.started().businessKey().equals(businessKey))
        .map(StoredSaga::row)
        .sorted(Comparator.comparing(SagaRow::createdAt).reversed())
        .limit(limit)
        .toList();
  }

  // ---- keep house

  @Override
  public synchronized List<String> orphanedDefinitions() {
    Instant now = clock.instant();
    return sagas.values().stream()
        .filter(saga -> saga.isDue(now) || isOrphan(saga))
        .map(saga -> saga.started().definition())
        .distinct()
        .filter(ref -> liveDefinitions().noneMatch(ref::equals))
        .map(DefinitionRef::name)
        .distinct()
        .toList();
  }

  @Override
  public synchronized int purge(Duration age, int limit) {
    Instant before = clock.instant().minus(age);
    List<SagaId> ended =
        sagas.values().stream()
            .filter(saga -> saga.endedBefore(before))
            .map(saga -> saga.started().id())
            .limit(limit)
            .toList();
    ended.forEach(sagas::remove);
    return ended.size();
  }
}
