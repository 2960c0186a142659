package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A local step whose saga's row somebody has locked when its record is written. */
@Timeout(60)
class LocalFenceTest {
  private static TestDatabase database;
  private static final int STEPS = 100;
  private static final int SENDERS = 2;

  private final AtomicInteger runs = new AtomicInteger();

  /** Whose transaction the step runs in. */
  enum Commits {
    ENGINE,
    APPLICATION;

    JooqSagaStore store() {
      JooqSagaStore.Builder builder =
          JooqSagaStore.builder(SeededSqlBug.seededIn(database.pool()))
              .schema(database.schema())
              .migration(Migration.NONE);
      return switch (this) {
        case ENGINE -> builder.build();
        case APPLICATION -> builder.transactions(new PlainTransactions(database.pool())).build();
      };
    }
  }

  /** What is written with the step. */
  enum Written {
    A_ROW((store, fence) -> recorded(fence, succeeded("a", 1))),
    ROWS((store, fence) -> recorded(fence, succeeded("a", 1), succeeded("b", 2))),
    THE_END((store, fence) -> Fixtures.ended(fence, succeeded("a", 1))),
    NEWS_FOR_ITS_PARENT(Written::telling);

    private final BiFunction<JooqSagaStore, Fence, Transition> transition;

    Written(BiFunction<JooqSagaStore, Fence, Transition> transition) {
      this.transition = transition;
    }

    private static Transition telling(JooqSagaStore store, Fence fence) {
      var parent = new Parent(started(store, fence.owner()).saga(), "ship");
      var end = new SagaChange.Complete("{}");
      return new Transition(fence, List.of(succeeded("a", 1)), end, Links.telling(parent));
    }
  }

  static Stream<Arguments> everyWay() {
    return Stream.of(Commits.values())
        .flatMap(
            commits -> Stream.of(Written.values()).map(written -> Arguments.of(commits, written)));
  }

  @BeforeAll
  static void create() {
    database = TestDatabase.migrated();
  }

  @AfterEach
  void clear() {
    database.execute("truncate %s.business");
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static Connection open() throws SQLException {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void update(Connection connection, Fence fence, String assignment)
      throws SQLException {
    database.execute(
        connection,
        "update %s.saga set " + assignment + " where id = '" + fence.saga().value() + "'");
  }

  private LocalOutcome insertAndRecord(JooqSagaStore store, Transition transition) {
    return store.runLocal(
        transition.fence(),
        LIMIT,
        tx -> {
          runs.incrementAndGet();
          database.execute(tx.connection(), "insert into %s.business values ('a')");
          return transition;
        });
  }

  private static void awaitSomebodyWaitingForALock() {
    TestDatabase.await(
        () ->
            !database
                .value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                .equals("0"));
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void waitsForWhoeverRaisesNoEpochAndIsCommitted(Commits commits, Written written)
      throws Exception {
    JooqSagaStore store = commits.store();
    Fence fence = started(store, joined(store));
    Transition transition = written.transition.apply(store, fence);
    try (Connection sender = open()) {
      update(sender, fence, "signals = signals + 1");
      var outcome = CompletableFuture.supplyAsync(() -> insertAndRecord(store, transition));
      awaitSomebodyWaitingForALock();
      sender.commit();

      assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(new LocalOutcome.Committed());
    }
    assertThat(runs).hasValue(1);
    assertThat(database.count("business")).isOne();
    assertThat(store.load(fence.saga()).orElseThrow().log()).hasSameSizeAs(transition.rows());
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void waitsForWhoeverRaisesTheEpochAndIsLost(Commits commits, Written written) throws Exception {
    JooqSagaStore store = commits.store();
    Fence fence = started(store, joined(store));
    Transition transition = written.transition.apply(store, fence);
    try (Connection another = open()) {
      update(another, fence, "epoch = epoch + 1");
      var outcome = CompletableFuture.supplyAsync(() -> insertAndRecord(store, transition));
      awaitSomebodyWaitingForALock();
      another.commit();

      assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(new LocalOutcome.FenceLost());
    }
    assertThat(database.count("business")).isZero();
    assertThat(store.load(fence.saga()).orElseThrow().log()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void signalsSentAllTheWhileRollNoWorkBack(Commits commits) throws Exception {
    JooqSagaStore store = commits.store();
    NodeId node = joined(store);
    NewSaga hot = saga(node);
    store.start(List.of(hot));
    var fence = new Fence(hot.id(), node, 0);
    var stop = new AtomicBoolean();
    List<Future<?>> senders = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(SENDERS)) {
      for (int i = 0; i < SENDERS; i++) {
        senders.add(threads.submit(() -> send(store, hot, stop)));
      }
      try {
        for (int seq = 1; seq <= STEPS; seq++) {
          Transition transition = recorded(fence, succeeded("s" + seq, seq));
          LocalOutcome outcome = store.runLocal(fence, LIMIT, tx -> counted(transition));
          assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
        }
      } finally {
        stop.set(true);
      }
    }
    for (Future<?> sender : senders) {
      sender.get();
    }
    assertThat(runs).hasValue(STEPS);
    assertThat(store.signals(hot.id()).routed()).isGreaterThanOrEqualTo(SENDERS);
  }

  private Transition counted(Transition transition) {
    runs.incrementAndGet();
    return transition;
  }

  private static void send(JooqSagaStore store, NewSaga saga, AtomicBoolean stop) {
    do {
      store.signal(
          new NewSignal(UUID.randomUUID(), ORDERS.name(), saga.businessKey(), "paid", "1", null));
    } while (!stop.get());
  }

  @ParameterizedTest
  @EnumSource
  void isRepeatedIfItMeetsADeadlock(Commits commits) throws Exception {
    JooqSagaStore store = commits.store();
    Fence fence = started(store, joined(store));
    try (Connection user = open()) {
      // so that it is the step which finds out
      database.execute(user, "set local deadlock_timeout = '30s'");
      update(user, fence, "updated_at = clock_timestamp()");
      List<CompletableFuture<Void>> users = new ArrayList<>();
      LocalOutcome outcome =
          store.runLocal(
              fence,
              LIMIT,
              tx -> {
                database.execute(tx.connection(), "set local deadlock_timeout = '10ms'");
                database.execute(
                    tx.connection(), "insert into %s.business values ('a') on conflict do nothing");
                if (runs.incrementAndGet() == 1) {
                  users.add(CompletableFuture.runAsync(() -> insertAndCommit(user)));
                  awaitSomebodyWaitingForALock();
                }
                return recorded(fence, succeeded("a", 1));
              });

      assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
      users.getFirst().get(10, TimeUnit.SECONDS);
    }
    assertThat(runs).hasValue(2);
    assertThat(database.count("business")).isOne();
    assertThat(store.load(fence.saga()).orElseThrow().log()).hasSize(1);
  }

  private static void insertAndCommit(Connection user) {
    try {
      database.execute(user, "insert into %s.business values ('a') on conflict do nothing");
      user.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isRepeatedIfItMayNotWaitSoLong(Commits commits) throws Exception {
    JooqSagaStore store = commits.store();
    Fence fence = started(store, joined(store));
    try (Connection another = open()) {
      update(another, fence, "signals = signals + 1");
      LocalOutcome outcome =
          store.runLocal(
              fence,
              LIMIT,
              tx -> {
                database.execute(tx.connection(), "set local lock_timeout = '10ms'");
                database.execute(tx.connection(), "insert into %s.business values ('a')");
                if (runs.incrementAndGet() == 2) {
                  another.commit();
                }
                return recorded(fence, succeeded("a", 1));
              });

      assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    }
    assertThat(runs).hasValue(2);
    assertThat(database.count("business")).isOne();
  }

  @ParameterizedTest
  @EnumSource
  void hasFailedOnceItHasBeenRepeatedOftenEnough(Commits commits) throws Exception {
    JooqSagaStore store = commits.store();
    Fence fence = started(store, joined(store));
    try (Connection another = open()) {
      update(another, fence, "signals = signals + 1");
      LocalOutcome outcome =
          store.runLocal(
              fence,
              LIMIT,
              tx -> {
                runs.incrementAndGet();
                database.execute(tx.connection(), "set local lock_timeout = '10ms'");
                database.execute(tx.connection(), "insert into %s.business values ('a')");
                return recorded(fence, succeeded("a", 1));
              });
      another.rollback();

      assertThat(outcome).isInstanceOf(LocalOutcome.RolledBack.class);
    }
    assertThat(runs).hasValue(5);
    assertThat(database.count("business")).isZero();
  }
}
