package io.skald.engine.runtime;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.guard.Unguarded;
import io.skald.engine.journal.DirectJournal;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sagas of one local step, in a store that knows who owns them, and a watch on how many of them are
 * in that step at once. Safe for use by several threads.
 */
class LocalSagas extends EmptyStore {
  static final NodeId NODE = new NodeId(new UUID(1, 1));
  static final SagaDefinition<String, Done> WORK =
      Saga.define("work", String.class)
          .pivot(Step.named("work", String.class).local((in, tx) -> {}))
          .build();
  static final HandlerResolver NO_BEANS = new NoBeans();
  static final Registry REGISTRY = Registry.of(List.of(WORK), NO_BEANS);

  /** How often each saga's step was run. */
  final Map<SagaId, AtomicInteger> runs = new ConcurrentHashMap<>();

  /** The most that were in their steps at the same time. */
  final AtomicInteger most = new AtomicInteger();

  /** How often it was asked which sagas are there. */
  final AtomicInteger looks = new AtomicInteger();

  private final Map<SagaId, NodeId> owners = new ConcurrentHashMap<>();
  private final Map<SagaId, CompletableFuture<@Nullable Void>> holds = new ConcurrentHashMap<>();
  private final Set<SagaId> claimedAgain = ConcurrentHashMap.newKeySet();
  private final Map<SagaId, AtomicInteger> inside = new ConcurrentHashMap<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger twice = new AtomicInteger();
  private final AtomicLong ids = new AtomicLong();
  private volatile Consumer<SagaId> work = saga -> {};
  private volatile Runnable onTheWay = () -> {};
  private volatile int crashes;

  /** What every saga does in its step, and what it throws is the store's failure. */
  void each(Consumer<SagaId> does) {
    work = does;
  }

  /** A saga {@link #NODE} owns, that stays in its step until it is {@linkplain #letOut let out}. */
  SagaId held() {
    SagaId saga = owned();
    holds.put(saga, new CompletableFuture<>());
    return saga;
  }

  /** Lets a saga out of its step, now and whenever it comes there again. */
  void letOut(SagaId saga) {
    Objects.requireNonNull(holds.get(saga), "a held saga").complete(null);
  }

  /** Has the saga be {@link #NODE}'s again whenever a run of it has let go of it. */
  void claimAgain(SagaId saga) {
    claimedAgain.add(saga);
  }

  /** What happens before {@link #rows} and {@link #settle} are answered; may throw. */
  void beforeAnswers(Runnable happens) {
    onTheWay = happens;
  }

  /** Whether a saga was in its step twice at a time. */
  boolean ranTwiceAtOnce() {
    return twice.get() > 0;
  }

  int runsOf(SagaId saga) {
    return runs.getOrDefault(saga, new AtomicInteger()).get();
  }

  /** A saga the store does not have. */
  SagaId unknown() {
    return new SagaId(new UUID(2, ids.incrementAndGet()));
  }

  /** A saga {@link #NODE} owns. */
  SagaId owned() {
    SagaId saga = unknown();
    own(saga);
    return saga;
  }

  /** Gives a saga to {@link #NODE}; it is there from now on. */
  void own(SagaId saga) {
    owners.put(saga, NODE);
  }

  RunContext context() {
    return context(new ManualSources(), node -> true);
  }

  RunContext context(Sources sources, RunContext.Lease lease) {
    return context(this, sources, lease);
  }

  static RunContext context(SagaStore store, Sources sources, RunContext.Lease lease) {
    return context(store, sources, lease, FleetLimits.none(store, sources));
  }

  static RunContext context(
      SagaStore store, Sources sources, RunContext.Lease lease, FleetLimits fleet) {
    return new RunContext(
        store,
        new DirectJournal(store),
        new JacksonCodec(),
        fleet,
        new LanedGuard(Unguarded.UNGUARDED, sources),
        new ThreadTimeLimit(),
        ThreadCrew::new,
        lease,
        sources,
        event -> {},
        new Limits(1024, 10),
        new RestPaces(store, sources),
        () -> {});
  }

  RegisteredSaga registered() {
    return REGISTRY.require(RegisteredSaga.refOf(WORK));
  }

  SagaRun run(SagaId saga) {
    return run(saga, NODE);
  }

  SagaRun run(SagaId saga, NodeId node) {
    var found = new SagaSnapshot(row(saga, node), List.of(), Instant.EPOCH);
    return SagaRun.started(registered(), context(), node, found);
  }

  /** A run of a saga in the urgent lane. */
  SagaRun urgentRun(SagaId saga) {
    SagaRow row = row(saga, NODE, RegisteredSaga.refOf(WORK), SagaStatus.RUNNING, 0, Lane.URGENT);
    var found = new SagaSnapshot(row, List.of(), Instant.EPOCH);
    return SagaRun.started(registered(), context(), NODE, found);
  }

  /** A run of a saga that as many nodes died with as make it run alone. */
  SagaRun suspectRun(SagaId saga) {
    var found = new SagaSnapshot(row(saga, NODE, SagaStatus.RUNNING, 2), List.of(), Instant.EPOCH);
    return SagaRun.adopted(registered(), context(), NODE, found);
  }

  /** Has the store say of every saga that as many nodes died with it. */
  void crashed(int times) {
    crashes = times;
  }

  static SagaRow row(SagaId saga, NodeId owner) {
    return row(saga, owner, SagaStatus.RUNNING, 0);
  }

  static SagaRow row(SagaId saga, NodeId owner, SagaStatus status, int crashCount) {
    return row(saga, owner, RegisteredSaga.refOf(WORK), status, crashCount);
  }

  static SagaRow row(
      SagaId saga, NodeId owner, DefinitionRef definition, SagaStatus status, int crashCount) {
    return row(saga, owner, definition, status, crashCount, Lane.ORDINARY);
  }

  private static SagaRow row(
      SagaId saga,
      NodeId owner,
      DefinitionRef definition,
      SagaStatus status,
      int crashCount,
      Lane lane) {
    return new SagaRow(
        saga,
        definition,
        saga.toString(),
        Map.of(),
        null,
        new UUID(0, 9),
        status,
        owner,
        0,
        null,
        lane,
        null,
        null,
        null,
        crashCount,
        "\"in\"",
        "digest",
        null,
        null,
        Instant.EPOCH,
        null,
        null);
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork local) {
    SagaId saga = fence.saga();
    AtomicInteger here = inside.computeIfAbsent(saga, id -> new AtomicInteger());
    if (here.getAndIncrement() > 0) {
      twice.incrementAndGet();
    }
    most.accumulateAndGet(running.incrementAndGet(), Math::max);
    try {
      runs.computeIfAbsent(saga, id -> new AtomicInteger()).incrementAndGet();
      work.accept(saga);
      holds.getOrDefault(saga, CompletableFuture.completedFuture(null)).join();
      local.run(new NoTransaction());
      if (!claimedAgain.contains(saga)) {
        owners.remove(saga);
      }
      return new LocalOutcome.Committed();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      running.decrementAndGet();
      here.decrementAndGet();
    }
  }

  @Override
  public List<SagaId> owned(NodeId node) {
    var sagas = new ArrayList<SagaId>();
    owners.forEach(
        (saga, owner) -> {
          if (owner.equals(node)) {
            sagas.add(saga);
          }
        });
    return sagas;
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    onTheWay.run();
    return owner.equals(owners.get(saga))
        ? Optional.of(
            new SagaSnapshot(
                row(saga, owner, SagaStatus.RUNNING, crashes), List.of(), Instant.EPOCH))
        : Optional.empty();
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    looks.incrementAndGet();
    onTheWay.run();
    return sagas.stream().filter(owners::containsKey).map(saga -> row(saga, NODE)).toList();
  }

  private record NoTransaction() implements LocalTransaction {
    @Override
    public Connection connection() {
      throw new UnsupportedOperationException("these steps write nothing");
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new UnsupportedOperationException("these steps write nothing");
    }
  }

  private static final class NoBeans implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException("no bean of type " + type.getName(), null, null);
    }
  }
}
