package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.definition.LockKey;
import io.skald.saga.error.LockedBySagaException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas, transactions of the application's and operators at the same locks at the same time. */
@Timeout(120)
class LockRacesTest {
  private static final int KEYS = 3;

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);
  private final SagaLocks guards = SagaLocks.of(database.schema());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<LockKey, Object> holders = new ConcurrentHashMap<>();
  private final List<String> collisions = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger kept = new AtomicInteger();

  @AfterEach
  void close() {
    threads.shutdownNow();
    database.close();
  }

  private static LockKey[] some(Random random) {
    List<LockKey> locks =
        new ArrayList<>(
            IntStream.range(0, KEYS).mapToObj(key -> new LockKey("account", "" + key)).toList());
    Collections.shuffle(locks, random);
    return locks.subList(0, 1 + random.nextInt(KEYS)).toArray(LockKey[]::new);
  }

  private void enter(Object who, LockKey... locks) {
    for (LockKey lock : locks) {
      Object before = holders.put(lock, who);
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
    Fence saga = Locking.started(store, node, locks);
    LockResult result = store.takeLocks(saga.saga());
    while (result instanceof LockResult.Waiting waiting) {
      while (store.signals(saga.saga()).routed() == waiting.signals()) {
        int unused = store.handOnLocks(16);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
      result = store.takeLocks(saga.saga());
    }
    enter(saga.saga(), locks);
    LockSupport.parkNanos(random.nextInt(500_000));
    leave(locks);
    assertThat(store.write(List.of(Locking.ended(saga)))).containsExactly(WriteResult.APPLIED);
  }

  private void guard(Random random) throws SQLException {
    var lock = new LockKey("account", "" + random.nextInt(KEYS));
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      try {
        guards.keepOff(connection, lock.name(), lock.key());
        enter("a transaction", lock);
        LockSupport.parkNanos(random.nextInt(2_000_000));
        leave(lock);
        kept.incrementAndGet();
        connection.commit();
      } catch (LockedBySagaException e) {
        connection.rollback();
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  @Test
  void nobodyEverHasWhatAnotherOneHasAndAllComeToAnEnd() throws Exception {
    List<Future<?>> all = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      var random = new Random(thread);
      all.add(threads.submit(() -> IntStream.range(0, 40).forEach(n -> live(random))));
    }
    Future<?> guarding =
        threads.submit(
            () -> {
              var random = new Random(99);
              while (!all.stream().allMatch(Future::isDone)) {
                guard(random);
              }
              return kept;
            });
    for (Future<?> one : all) {
      one.get();
    }
    guarding.get();

    assertThat(collisions).isEmpty();
    assertThat(kept).hasPositiveValue();
    assertThat(database.count("saga_lock")).isZero();
    while (store.handOnLocks(100) > 0) {
      // to the last one
    }
    assertThat(database.count("saga_lock_freed")).isZero();
  }

  /** Whoever came first may be committed last: that costs fairness, and nothing else. */
  @Test
  void aSagaWhoseStartWasCommittedLateWaitsForWhoWasGrantedMeanwhile() throws Exception {
    var lock = Locking.ACCOUNT;
    var early = Locking.saga(node, lock);
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      store.start(connection, early);
      Fence late = Locking.started(store, node, lock);
      assertThat(store.takeLocks(late.saga())).isEqualTo(new LockResult.Granted());
      connection.commit();
      connection.setAutoCommit(true);
      assertThat(store.takeLocks(early.id())).isInstanceOf(LockResult.Waiting.class);

      store.write(List.of(Locking.ended(late)));
      assertThat(store.handOnLocks(10)).isOne();
      assertThat(store.takeLocks(early.id())).isEqualTo(new LockResult.Granted());
    }
  }

  /** The one that ends is not committed when the other one looks: its note is what counts. */
  @Test
  void nobodySleepsOverALockThatIsGivenBackAtThatMoment() {
    for (int round = 0; round < 60; round++) {
      Fence first = Locking.started(store, node);
      Fence second = Locking.started(store, node);
      store.takeLocks(first.saga());
      var end = threads.submit(() -> store.write(List.of(Locking.ended(first))));
      LockResult result = store.takeLocks(second.saga());
      TestDatabase.await(end::isDone);
      while (store.handOnLocks(10) > 0) {
        // until nothing is left
      }
      boolean isTold =
          result instanceof LockResult.Granted
              || (result instanceof LockResult.Waiting waiting
                  && store.signals(second.saga()).routed() > waiting.signals());
      assertThat(isTold).as("round %d: %s", round, result).isTrue();
      store.write(List.of(Locking.ended(second)));
    }
  }

  @Test
  void aSagaThatIsLockedKeepsNobodyElsesLockFromBeingHandedOn() throws Exception {
    var other = new LockKey("account", "2");
    Fence first = Locking.started(store, node, Locking.ACCOUNT, other);
    Fence locked = Locking.started(store, node, Locking.ACCOUNT);
    Fence free = Locking.started(store, node, other);
    store.takeLocks(first.saga());
    store.write(List.of(Locking.ended(first)));
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(
          connection,
          "select 1 from %s.saga where id = '" + locked.saga().value() + "' for update");
      long begun = System.nanoTime();
      assertThat(store.handOnLocks(10)).isOne();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
      assertThat(store.takeLocks(free.saga())).isEqualTo(new LockResult.Granted());
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(store.handOnLocks(10)).isOne();
    assertThat(store.takeLocks(locked.saga())).isEqualTo(new LockResult.Granted());
  }
}
