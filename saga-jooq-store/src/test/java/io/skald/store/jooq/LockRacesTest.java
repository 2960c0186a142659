package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Locking.ACCOUNT;
import static io.skald.store.jooq.Locking.GRANTED;
import static io.skald.store.jooq.Locking.acquire;
import static io.skald.store.jooq.Locking.holding;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitResult;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas, those who wake them, and operators at the same locks at the same time. */
@Timeout(120)
class LockRacesTest {
  private static final int KEYS = 3;
  private static final LockKey OTHER = new LockKey("account", "2");

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<LockKey, SagaId> holders = new ConcurrentHashMap<>();
  private final List<String> collisions = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    threads.shutdownNow();
    database.close();
  }

  private boolean isWoken(Fence saga, PermitResult.Waiting since) {
    return store.signals(saga.saga()).routed() > since.signals();
  }

  // ---- at the same time

  private static LockKey[] some(Random random) {
    List<LockKey> locks =
        new ArrayList<>(
            IntStream.range(0, KEYS).mapToObj(key -> new LockKey("account", "" + key)).toList());
    Collections.shuffle(locks, random);
    return locks.subList(0, 1 + random.nextInt(KEYS)).toArray(LockKey[]::new);
  }

  private void enter(SagaId who, LockKey... locks) {
    for (LockKey lock : locks) {
      SagaId before = holders.put(lock, who);
      if (before != null) {
        collisions.add("%s while %s has %s".formatted(who, before, lock));
      }
    }
  }

  private void leave(LockKey... locks) {
    for (LockKey lock : locks) {
      holders.remove(lock);
    }
  }

  /** As an engine runs it: asks once, and then again only when it is woken. */
  private void live(Random random) {
    LockKey[] locks = some(random);
    Fence saga = started(store, node);
    PermitResult result = acquire(store, saga, locks);
    while (result instanceof PermitResult.Waiting waiting) {
      while (!isWoken(saga, waiting)) {
        int unused = store.wakeWaiters(16);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
      result = acquire(store, saga, locks);
    }
    enter(saga.saga(), locks);
    LockSupport.parkNanos(random.nextInt(500_000));
    leave(locks);
    assertThat(store.write(List.of(Locking.ended(saga)))).containsExactly(WriteResult.APPLIED);
  }

  @Test
  void nobodyEverHasWhatAnotherOneHasAndAllComeToAnEnd() throws Exception {
    List<Future<?>> all = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      var random = new Random(thread);
      all.add(threads.submit(() -> IntStream.range(0, 40).forEach(n -> live(random))));
    }
    for (Future<?> one : all) {
      one.get();
    }

    assertThat(collisions).isEmpty();
    assertThat(database.count("saga_permit")).isZero();
    Locking.wakeAll(store);
    assertThat(database.count("saga_permit_freed")).isZero();
  }

  /** The one that ends is not committed when the other one looks: its note is what counts. */
  @Test
  void nobodySleepsOverALockThatIsGivenBackAtThatMoment() {
    for (int round = 0; round < 60; round++) {
      Fence first = holding(store, node, ACCOUNT);
      Fence second = started(store, node);
      var end = threads.submit(() -> store.write(List.of(Locking.ended(first))));
      PermitResult result = acquire(store, second, ACCOUNT);
      TestDatabase.await(end::isDone);
      Locking.wakeAll(store);
      boolean isTold =
          result.equals(GRANTED)
              || (result instanceof PermitResult.Waiting waiting && isWoken(second, waiting));
      assertThat(isTold).as("round %d: %s", round, result).isTrue();
      store.write(List.of(Locking.ended(second)));
    }
  }

  /** Its place is there, and nobody can see it yet: whoever sees to the note finds nobody. */
  @Test
  void nobodySleepsOverALockWhoseNoteIsTakenBeforeItsPlaceIsCommitted() throws Exception {
    Fence first = holding(store, node, ACCOUNT);
    Fence second = started(store, node);
    try (Connection gate = database.pool().getConnection()) {
      holdUpCommits(gate, "true");
      Future<PermitResult> asking = threads.submit(() -> acquire(store, second, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      store.write(List.of(Locking.ended(first)));
      assertThat(store.wakeWaiters(10)).isOne();
      assertThat(database.count("saga_permit_freed")).isZero();
      gate.commit();
      gate.setAutoCommit(true);

      assertThat(asking.get()).isEqualTo(GRANTED);
    }
  }

  /** Each sees that nobody has it, and that nobody comes first. */
  @Test
  void ofTwoWhoTakeALockAtTheSameMomentOneWaits() throws Exception {
    Fence first = started(store, node);
    Fence second = started(store, node);
    try (Connection gate = database.pool().getConnection()) {
      holdUpCommits(gate, "true");
      Future<PermitResult> one = threads.submit(() -> acquire(store, first, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      Future<PermitResult> other = threads.submit(() -> acquire(store, second, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'transactionid'") == 1);
      gate.commit();
      gate.setAutoCommit(true);

      assertThat(one.get()).isEqualTo(GRANTED);
      assertThat(other.get())
          .isInstanceOfSatisfying(
              PermitResult.Waiting.class,
              waiting -> assertThat(waiting.behind()).isEqualTo(first.saga()));
    }
  }

  /** A commit with such a new row waits until the transaction of {@code gate} ends. */
  private void holdUpCommits(Connection gate, String which) throws SQLException {
    database.execute(
        """
        create function %s.held_up() returns trigger language plpgsql as $$
        begin
          perform pg_advisory_xact_lock(4711);
          return null;
        end $$;
        create constraint trigger held_up after insert on %s.saga_permit
          deferrable initially deferred for each row when (WHICH) execute function %s.held_up()
        """
            .replace("WHICH", which));
    gate.setAutoCommit(false);
    database.execute(gate, "select pg_advisory_xact_lock(4711)");
  }

  private int count(String condition) {
    return Integer.parseInt(
        database.value("select count(*) from pg_stat_activity where " + condition));
  }

  @Test
  void aSagaThatIsLockedKeepsNobodyElseAsleep() throws Exception {
    Fence first = holding(store, node, ACCOUNT, OTHER);
    Fence locked = started(store, node);
    var lockedSince = (PermitResult.Waiting) acquire(store, locked, ACCOUNT);
    Fence free = started(store, node);
    var freeSince = (PermitResult.Waiting) acquire(store, free, OTHER);
    store.write(List.of(Locking.ended(first)));
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(
          connection,
          "select 1 from %s.saga where id = '" + locked.saga().value() + "' for update");
      long begun = System.nanoTime();
      assertThat(store.wakeWaiters(10)).isOne();
      assertThat(store.wakeWaiters(10)).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
      assertThat(isWoken(free, freeSince)).isTrue();
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(isWoken(locked, lockedSince)).isFalse();
    assertThat(store.wakeWaiters(10)).isOne();
    assertThat(isWoken(locked, lockedSince)).isTrue();
  }

  // ---- families

  private Fence child(Fence parent) {
    NewSaga plain = Fixtures.saga(node);
    var child =
        new NewSaga(
            plain.id(),
            plain.definition(),
            plain.businessKey(),
            plain.attributes(),
            plain.input(),
            plain.inputDigest(),
            null,
            node,
            new Parent(parent.saga(), "ship"));
    store.start(List.of(child));
    return new Fence(child.id(), node, 0);
  }

  private void resolve(Fence saga) {
    var why = new SagaError(null, "no way", "ada");
    var audit = new Amendment.Audit("ada", "resolve", "", "done");
    store.amend(
        saga.saga(), found -> new Amendment(List.of(), new SagaChange.Resolve(why), null, audit));
  }

  /** Or the lock would be free for the moment between its end and the sub-saga's commit. */
  @Test
  void aParentThatIsResolvedWhileASubSagaSharesItsLockWaitsForThatOne() throws Exception {
    Fence parent = holding(store, node, ACCOUNT);
    Fence child = child(parent);
    var why = new SagaError(null, "no way", null);
    store.write(List.of(new Transition(parent, List.of(), new SagaChange.Stick(why), Links.NONE)));
    try (Connection gate = database.pool().getConnection()) {
      holdUpCommits(gate, "new.shared");
      var request = PermitRequest.locks(List.of(ACCOUNT), parent.saga());
      Future<PermitResult> sharing = threads.submit(() -> store.acquire(child, request));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      Future<?> resolving = threads.submit(() -> resolve(parent));
      TestDatabase.await(() -> resolving.isDone() || count("wait_event = 'transactionid'") == 1);
      Fence stranger = started(store, node);
      assertThat(acquire(store, stranger, ACCOUNT)).isNotEqualTo(GRANTED);
      gate.commit();
      gate.setAutoCommit(true);
      resolving.get();

      assertThat(sharing.get()).isEqualTo(GRANTED);
      assertThat(acquire(store, stranger, ACCOUNT))
          .isInstanceOfSatisfying(
              PermitResult.Waiting.class,
              waiting -> assertThat(waiting.behind()).isEqualTo(child.saga()));
    }
  }

  @Test
  void aSubSagaWhoseParentWasResolvedBeforeItSharedIsRefused() {
    Fence parent = holding(store, node, ACCOUNT);
    Fence child = child(parent);
    var why = new SagaError(null, "no way", null);
    store.write(List.of(new Transition(parent, List.of(), new SagaChange.Stick(why), Links.NONE)));
    resolve(parent);

    assertThat(store.acquire(child, PermitRequest.locks(List.of(ACCOUNT), parent.saga())))
        .isEqualTo(new PermitResult.NotShared("account"));
  }

  // ---- lost

  @Test
  void locksOfSagasThatWereEndedOrDeletedUnseenAreGivenBack() {
    Fence ended = holding(store, node, ACCOUNT);
    Fence deleted = holding(store, node, OTHER);
    Fence waiting = started(store, node);
    var since = (PermitResult.Waiting) acquire(store, waiting, ACCOUNT, OTHER);
    database.execute(
        """
        update %s.saga set status = 'RESOLVED', owner = null, wake_at = null, finished_at = now()
        where id = '\
        """
            + ended.saga().value()
            + "'");
    database.execute("delete from %s.saga where id = '" + deleted.saga().value() + "'");

    assertThat(store.freeLostPermits(Optional.empty(), 100).count()).isEqualTo(2);
    assertThat(store.freeLostPermits(Optional.empty(), 100).count()).isZero();
    Locking.wakeAll(store);
    assertThat(isWoken(waiting, since)).isTrue();
    assertThat(acquire(store, waiting, ACCOUNT, OTHER)).isEqualTo(GRANTED);
  }

  @Test
  void theLookForLostLocksIsOfABoundedStretchAndGoesOnWhereItStopped() {
    for (int n = 0; n < 10; n++) {
      Fence saga = holding(store, node, new LockKey("a", "" + n), new LockKey("b", "" + n));
      database.execute("delete from %s.saga where id = '" + saga.saga().value() + "'");
    }
    // the second one's other lock as well
    var first = store.freeLostPermits(Optional.empty(), 3);
    assertThat(first.count()).isEqualTo(4);
    assertThat(store.freeLostPermits(Optional.of(new SagaId(new UUID(-1, -1))), 3).count())
        .isZero();
    assertThat(store.freeLostPermits(first.next(), 100).count()).isEqualTo(16);
    assertThat(database.count("saga_permit")).isZero();
  }
}
