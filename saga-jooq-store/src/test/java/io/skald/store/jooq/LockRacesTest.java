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
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
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
import org.jspecify.annotations.Nullable;
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

  private boolean isWoken(Fence saga, LockResult.Waiting since) {
    return store.signals(saga.saga()).routed() > since.signals();
  }

  private static @Nullable SagaId behind(LockResult result) {
    assertThat(result).isInstanceOf(LockResult.Waiting.class);
    return ((LockResult.Waiting) result).behind();
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
    LockResult result = acquire(store, saga, locks);
    while (result instanceof LockResult.Waiting waiting) {
      while (!isWoken(saga, waiting)) {
        int unused = store.wakeLockWaiters(16);
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
    assertThat(database.count("saga_lock")).isZero();
    Locking.wakeAll(store);
    assertThat(database.count("saga_lock_freed")).isZero();
  }

  /** The one that ends is not committed when the other one looks: its note is what counts. */
  @Test
  void nobodySleepsOverALockThatIsGivenBackAtThatMoment() {
    for (int round = 0; round < 60; round++) {
      Fence first = holding(store, node, ACCOUNT);
      Fence second = started(store, node);
      var end = threads.submit(() -> store.write(List.of(Locking.ended(first))));
      LockResult result = acquire(store, second, ACCOUNT);
      TestDatabase.await(end::isDone);
      Locking.wakeAll(store);
      boolean isTold =
          result.equals(GRANTED)
              || (result instanceof LockResult.Waiting waiting && isWoken(second, waiting));
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
      Future<LockResult> asking = threads.submit(() -> acquire(store, second, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      store.write(List.of(Locking.ended(first)));
      assertThat(store.wakeLockWaiters(10)).isOne();
      assertThat(database.count("saga_lock_freed")).isZero();
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
      Future<LockResult> one = threads.submit(() -> acquire(store, first, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      Future<LockResult> other = threads.submit(() -> acquire(store, second, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'transactionid'") == 1);
      gate.commit();
      gate.setAutoCommit(true);

      assertThat(one.get()).isEqualTo(GRANTED);
      assertThat(behind(other.get())).isEqualTo(first.saga());
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
        create constraint trigger held_up after insert on %s.saga_lock
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
    var lockedSince = (LockResult.Waiting) acquire(store, locked, ACCOUNT);
    Fence free = started(store, node);
    var freeSince = (LockResult.Waiting) acquire(store, free, OTHER);
    store.write(List.of(Locking.ended(first)));
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(
          connection,
          "select 1 from %s.saga where id = '" + locked.saga().value() + "' for update");
      long begun = System.nanoTime();
      assertThat(store.wakeLockWaiters(10)).isEqualTo(2);
      assertThat(store.wakeLockWaiters(10)).isOne();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
      assertThat(isWoken(free, freeSince)).isTrue();
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(isWoken(locked, lockedSince)).isFalse();
    assertThat(store.wakeLockWaiters(10)).isOne();
    assertThat(isWoken(locked, lockedSince)).isTrue();
    assertThat(store.wakeLockWaiters(10)).isZero();
  }

  @Test
  void asManySagasThatAreLockedAsOneCallSeesToKeepNobodyElseAsleep() throws Exception {
    for (String key : List.of("1", "2")) {
      Fence holder = holding(store, node, new LockKey("locked", key));
      acquire(store, started(store, node), new LockKey("locked", key));
      store.write(List.of(Locking.ended(holder)));
    }
    Fence first = holding(store, node, OTHER);
    Fence free = started(store, node);
    var freeSince = (LockResult.Waiting) acquire(store, free, OTHER);
    store.write(List.of(Locking.ended(first)));
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(
          connection,
          """
          select 1 from %s.saga where id in (
            select saga_id from %s.saga_lock where name = 'locked') for update
          """);
      assertThat(store.wakeLockWaiters(2)).isEqualTo(2);
      assertThat(isWoken(free, freeSince)).isFalse();
      assertThat(store.wakeLockWaiters(2)).isEqualTo(2);
      assertThat(isWoken(free, freeSince)).isTrue();
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  @Test
  void ofTwoWhoWakeAtTheSameMomentOneLeavesItToTheOther() throws Exception {
    Fence first = holding(store, node, ACCOUNT);
    Fence second = started(store, node);
    var since = (LockResult.Waiting) acquire(store, second, ACCOUNT);
    store.write(List.of(Locking.ended(first)));
    try (Connection other = database.pool().getConnection()) {
      other.setAutoCommit(false);
      database.execute(other, "select 1 from %s.saga_lock_freed for update");
      assertThat(store.wakeLockWaiters(10)).isZero();
      other.rollback();
      other.setAutoCommit(true);
    }
    assertThat(isWoken(second, since)).isFalse();
    assertThat(store.wakeLockWaiters(10)).isOne();
    assertThat(isWoken(second, since)).isTrue();
  }

  @Test
  void whoWasEndedUnseenWhileItWaitedIsInNobodysWay() {
    Fence holder = holding(store, node, ACCOUNT, OTHER);
    Fence ended = started(store, node);
    acquire(store, ended, ACCOUNT, OTHER);
    Fence asleep = started(store, node);
    var since = (LockResult.Waiting) acquire(store, asleep, ACCOUNT);
    database.execute(
        "update %s.saga set status = 'RESOLVED', owner = null, wake_at = null, finished_at = now()"
            + " where id = '"
            + ended.saga()
            + "'");
    store.write(List.of(Locking.ended(holder)));
    Locking.wakeAll(store);

    assertThat(isWoken(asleep, since)).isTrue();
    assertThat(acquire(store, asleep, ACCOUNT)).isEqualTo(GRANTED);
    assertThat(acquire(store, started(store, node), OTHER)).isEqualTo(GRANTED);
  }

  // ---- families

  private Fence child(Fence parent) {
    NewSaga child =
        Fixtures.saga(UUID.randomUUID().toString(), node, new Parent(parent.saga(), "ship"));
    store.start(List.of(child));
    return new Fence(child.id(), node, 0);
  }

  private LockResult share(Fence child, Fence parent) {
    return store.acquireLocks(
        child, LockRequest.of(List.of(LockRequest.Wanted.one(ACCOUNT)), parent.saga()));
  }

  private void stick(Fence saga) {
    var why = new SagaError(null, "no way", null);
    store.write(
        List.of(
            new Transition(saga, List.of(), new SagaChange.Stick(why, Lane.ORDINARY), Links.NONE)));
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
    stick(parent);
    try (Connection gate = database.pool().getConnection()) {
      holdUpCommits(gate, "new.shared");
      Future<LockResult> sharing = threads.submit(() -> share(child, parent));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      Future<?> resolving = threads.submit(() -> resolve(parent));
      TestDatabase.await(() -> resolving.isDone() || count("wait_event = 'transactionid'") == 1);
      Fence stranger = started(store, node);
      assertThat(acquire(store, stranger, ACCOUNT)).isNotEqualTo(GRANTED);
      gate.commit();
      gate.setAutoCommit(true);
      resolving.get();

      assertThat(sharing.get()).isEqualTo(GRANTED);
      assertThat(behind(acquire(store, stranger, ACCOUNT))).isEqualTo(child.saga());
    }
  }

  /** It saw that nobody had it; then a parent took it, shared it, and gave its own back. */
  @Test
  void aLockThatASubSagaCameToShareMeanwhileIsNotGivenToAnother() throws Exception {
    Fence stranger = started(store, node);
    Fence parent = started(store, node);
    Fence child = child(parent);
    try (Connection gate = database.pool().getConnection()) {
      holdUpGrantsTo(gate, stranger);
      Future<LockResult> asking = threads.submit(() -> acquire(store, stranger, ACCOUNT));
      TestDatabase.await(() -> count("wait_event = 'advisory'") == 1);
      assertThat(acquire(store, parent, ACCOUNT)).isEqualTo(GRANTED);
      assertThat(share(child, parent)).isEqualTo(GRANTED);
      stick(parent);
      resolve(parent);
      assertThat(asking.isDone()).isFalse();
      gate.commit();
      gate.setAutoCommit(true);

      assertThat(behind(asking.get())).isEqualTo(child.saga());
    }
  }

  /** Between its look and its entry in the index, until the transaction of {@code gate} ends. */
  private void holdUpGrantsTo(Connection gate, Fence saga) throws SQLException {
    database.execute(
        """
        create function %s.held_up() returns trigger language plpgsql set lock_timeout = 0 as $$
        begin
          perform pg_advisory_xact_lock(4711);
          return new;
        end $$;
        create trigger held_up before update on %s.saga_lock
          for each row when (new.saga_id = 'SAGA') execute function %s.held_up()
        """
            .replace("SAGA", saga.saga().toString()));
    gate.setAutoCommit(false);
    database.execute(gate, "select pg_advisory_xact_lock(4711)");
  }

  @Test
  void aSubSagaWhoseParentWasResolvedBeforeItSharedIsRefused() {
    Fence parent = holding(store, node, ACCOUNT);
    Fence child = child(parent);
    stick(parent);
    resolve(parent);

    assertThat(share(child, parent)).isEqualTo(new LockResult.NotShared("account"));
  }

  // ---- times

  /** It costs somebody a place, and never the exclusion. */
  @Test
  void whoAsksAfterTheClockWasSetBackMayPassWhoWaitsAndNeverHasTheLockBesideTheHolder() {
    Fence holder = holding(store, node, ACCOUNT);
    Fence early = started(store, node);
    acquire(store, early, ACCOUNT);
    database.execute(
        "update %s.saga_lock set since = since + interval '1 hour', held_at = held_at + interval"
            + " '1 hour'");
    Fence late = started(store, node);
    assertThat(acquire(store, late, ACCOUNT)).isNotEqualTo(GRANTED);
    store.write(List.of(Locking.ended(holder)));
    assertThat(acquire(store, early, ACCOUNT)).isNotEqualTo(GRANTED);
    assertThat(acquire(store, late, ACCOUNT)).isEqualTo(GRANTED);
    assertThat(acquire(store, early, ACCOUNT)).isNotEqualTo(GRANTED);
    store.write(List.of(Locking.ended(late)));

    assertThat(acquire(store, early, ACCOUNT)).isEqualTo(GRANTED);
  }

  // ---- lost

  @Test
  void locksOfSagasThatWereEndedOrDeletedUnseenAreGivenBack() {
    Fence ended = holding(store, node, ACCOUNT);
    Fence deleted = holding(store, node, OTHER);
    Fence waiting = started(store, node);
    var since = (LockResult.Waiting) acquire(store, waiting, ACCOUNT, OTHER);
    database.execute(
        """
        update %s.saga set status = 'RESOLVED', owner = null, wake_at = null, finished_at = now()
        where id = '\
        """
            + ended.saga().value()
            + "'");
    database.execute("delete from %s.saga where id = '" + deleted.saga().value() + "'");

    assertThat(store.freeLostLocks(Optional.empty(), 100).count()).isEqualTo(2);
    assertThat(store.freeLostLocks(Optional.empty(), 100).count()).isZero();
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
    var first = store.freeLostLocks(Optional.empty(), 3);
    assertThat(first.count()).isEqualTo(4);
    assertThat(store.freeLostLocks(Optional.of(new SagaId(new UUID(-1, -1))), 3).count()).isZero();
    assertThat(store.freeLostLocks(first.next(), 100).count()).isEqualTo(16);
    assertThat(database.count("saga_lock")).isZero();
  }
}
