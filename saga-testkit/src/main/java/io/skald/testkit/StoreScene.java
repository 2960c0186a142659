package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What the facts of {@link SagaStoreContract} are made of: nodes, sagas and writes. */
abstract class StoreScene {
  static final DefinitionRef ORDER = new DefinitionRef("order", 1, "f1");
  static final Duration LEASE = Duration.ofSeconds(1);
  static final Duration LONG = Duration.ofMinutes(10);
  static final Duration LIMIT = Duration.ofSeconds(20);

  private final Queue<SagaId> sagas = new ConcurrentLinkedQueue<>();

  /** The store under test, empty at the beginning of each test. */
  protected abstract SagaStore store();

  /** Lets the store's time go on by at least {@code duration}. */
  protected abstract void elapse(Duration duration);

  /** Every audit row there is, in order. */
  protected abstract List<Amendment.Audit> audits();

  /**
   * Every lock that a saga has or waits for, in order of their keys: of each key who has one, those
   * that are shared last, and then who waits, in order of their turns.
   */
  protected abstract List<LockRow> locks();

  /** Frees what a test took; after its last look at the store. */
  protected abstract void close();

  @AfterEach
  final void everySagaIsOwnedDueEndedOrStuck() {
    try {
      requirePlaces();
    } finally {
      close();
    }
  }

  private void requirePlaces() {
    for (SagaRow saga : store().rows(List.copyOf(sagas))) {
      long places =
          Stream.of(saga.owner(), saga.wakeAt(), saga.finishedAt())
              .filter(Objects::nonNull)
              .count();
      assertThat(places)
          .as("owner, wake_at and finished_at of %s", saga)
          .isEqualTo(saga.status() == SagaStatus.STUCK ? 0 : 1);
      assertThat(saga.finishedAt() != null).as("%s", saga).isEqualTo(saga.status().isEnd());
    }
  }

  // ---- what the facts are made of

  NodeId join(Duration lease) {
    NodeRegistration node = registration(ORDER, lease);
    assertThat(store().join(node)).isEmpty();
    return node.id();
  }

  static NodeRegistration registration(DefinitionRef ref, Duration lease) {
    return new NodeRegistration(new NodeId(UUID.randomUUID()), "node", lease, List.of(ref));
  }

  NewSaga saga(String key, @Nullable NodeId owner) {
    return saga(new SagaId(UUID.randomUUID()), key, owner, null);
  }

  NewSaga saga(SagaId id, String key, @Nullable NodeId owner, @Nullable Parent parent) {
    sagas.add(id);
    return new NewSaga(
        id, ORDER, key, Map.of(), "{}", "digest", null, owner, parent, Lane.ORDINARY);
  }

  /** A started saga; without an owner, its fence holds nothing. */
  Fence started(@Nullable NodeId owner) {
    NewSaga saga = saga(UUID.randomUUID().toString(), owner);
    StartResult result = store().start(List.of(saga)).getFirst();
    NodeId holder = Objects.requireNonNullElseGet(owner, () -> new NodeId(UUID.randomUUID()));
    return new Fence(saga.id(), holder, result.saga().epoch());
  }

  static LogWrite row(String step, int seq) {
    return row(step, seq, LogStatus.SUCCEEDED, 1, null);
  }

  static LogWrite row(
      String step, int seq, LogStatus status, int attempt, LogWrite.@Nullable Replaced replaced) {
    return new LogWrite(
        step, Direction.ACTION, step, seq, status, attempt, 0, null, "{}", null, null, replaced);
  }

  static LogWrite retrying(
      String step, int seq, int attempt, LogWrite.@Nullable Replaced replaced) {
    return new LogWrite(
        step,
        Direction.ACTION,
        step,
        seq,
        LogStatus.RETRYING,
        attempt,
        0,
        null,
        null,
        "down",
        Duration.ofMillis(100),
        replaced);
  }

  static LogWrite.Replaced replaced(LogStatus status, int attempt) {
    return new LogWrite.Replaced(status, attempt);
  }

  static Transition end(Fence fence) {
    return new Transition(fence, List.of(row("a", 1)), new SagaChange.Complete("1"), Links.NONE);
  }

  WriteResult write(Fence fence, LogWrite row) {
    return write(new Transition(fence, List.of(row), null, Links.NONE));
  }

  WriteResult write(Transition transition) {
    return store().write(List.of(transition)).getFirst();
  }

  /** A claim, and whether a poll would have asked for it. */
  List<Claim> claim(NodeId node) {
    boolean isAsked = isDue(ORDER);
    List<Claim> claims = store().claim(node, List.of(ORDER), 10);
    assertThat(isAsked || claims.isEmpty()).as("a poll told of %s", claims).isTrue();
    return claims;
  }

  /** A claim of what is urgent, and whether a poll would have asked for it. */
  List<Claim> claimUrgent(NodeId node) {
    boolean isAsked = store().poll(List.of(ORDER), 0).urgent();
    List<Claim> claims = store().claimUrgent(node, List.of(ORDER), 10);
    assertThat(isAsked || claims.isEmpty()).as("a poll told of %s", claims).isTrue();
    return claims;
  }

  /** Routes no signal. */
  boolean isDue(DefinitionRef... definitions) {
    return store().poll(List.of(definitions), 0).due();
  }

  int route(int limit) {
    return store().poll(List.of(), limit).routed();
  }

  SagaSnapshot load(Fence fence) {
    return store().load(fence.saga()).orElseThrow();
  }

  void cancel(Fence fence) {
    store()
        .amend(
            fence.saga(),
            found ->
                new Amendment(List.of(), new SagaChange.RequestCancel(), null, audit("cancel")));
  }

  static Amendment resolved() {
    var why = new SagaError("a", "by hand", "olga");
    return new Amendment(List.of(), new SagaChange.Resolve(why), null, audit("resolve"));
  }

  static Amendment.Audit audit(String action) {
    return new Amendment.Audit("olga", action, "a", "because");
  }

  static SagaId id(Claim claim) {
    return claim.snapshot().saga().id();
  }

  static NewSaga of(DefinitionRef definition, String key) {
    return new NewSaga(
        new SagaId(UUID.randomUUID()),
        definition,
        key,
        Map.of(),
        "{}",
        "digest",
        null,
        null,
        null,
        Lane.ORDINARY);
  }

  StartResult start(NewSaga saga) {
    return store().start(List.of(saga)).getFirst();
  }

  /** Deletes what ended so long ago, whatever it is. */
  int purge(Duration age, int limit) {
    var all = new Expiry(age, EnumSet.allOf(SagaStatus.class), Map.of());
    return store().purge(all, Instant.EPOCH, limit, SagaArchive.NONE).deleted();
  }

  void change(Fence fence, SagaChange change) {
    assertThat(write(new Transition(fence, List.of(), change, Links.NONE)))
        .isEqualTo(WriteResult.APPLIED);
  }

  SagaSnapshot amend(Fence fence, SagaChange change) {
    return store()
        .amend(fence.saga(), found -> new Amendment(List.of(), change, null, audit("change")))
        .orElseThrow();
  }

  /** Runs all of them at once. */
  static <R> List<R> atOnce(List<Callable<R>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      var results = new ArrayList<R>();
      for (Future<R> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    }
  }
}
