package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeLeasesTest {
  private static final int CONNECTIONS = 3;

  private final TestDatabase database = TestDatabase.migrated();
  private final HikariDataSource pool =
      TestDatabase.pool(
          config -> {
            config.setMaximumPoolSize(CONNECTIONS);
            config.setConnectionTimeout(250);
            config.addDataSourceProperty("ApplicationName", "leases");
          });
  private final JooqSagaStore store =
      JooqSagaStore.builder(pool).schema(database.schema()).migration(Migration.NONE).build();
  private final List<Connection> users = new ArrayList<>();

  @AfterEach
  void close() throws SQLException {
    for (Connection user : users) {
      user.close();
    }
    pool.close();
    database.close();
  }

  private void takeEveryOtherConnection() throws SQLException {
    while (taken() < CONNECTIONS) {
      users.add(pool.getConnection());
    }
    assertThatThrownBy(pool::getConnection).isInstanceOf(SQLException.class);
  }

  private int taken() {
    return pool.getHikariPoolMXBean().getActiveConnections();
  }

  @Test
  void aNodeBeatsWhileUsersHaveTakenEveryOtherConnection() throws SQLException {
    NodeId node = joined(store);
    takeEveryOtherConnection();

    assertThat(store.heartbeat(node)).isTrue();
    assertThat(store.heartbeat(node)).isTrue();
  }

  @Test
  void anEngineKeepsItsLeaseWhileUsersHaveTakenEveryOtherConnection() throws SQLException {
    try (SagaEngine engine = SagaEngine.builder(store).options(EngineFixture.impatient()).build()) {
      engine.open();
      takeEveryOtherConnection();

      TestDatabase.await(() -> livesLongerThanItsLease());
      users.removeLast().close();
    }
  }

  private boolean livesLongerThanItsLease() {
    return database
        .value(
            """
            select count(*) from %s.saga_node
            where heartbeat_at > started_at + lease and expires_at > clock_timestamp()
            """)
        .equals("1");
  }

  @Test
  void aKeptConnectionThatBreaksIsReplaced() {
    NodeId node = joined(store);
    // leaves the kept one alone
    pool.getHikariPoolMXBean().softEvictConnections();
    database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leases'");

    assertThat(store.heartbeat(node)).isTrue();
    assertThat(taken()).isOne();
  }

  @Test
  void leavingGivesTheConnectionBack() {
    NodeId node = joined(store);
    assertThat(taken()).isOne();

    store.leave(node);

    assertThat(taken()).isZero();
  }

  @Test
  void aNodeThatIsRefusedKeepsNoConnection() {
    NodeId node = joined(store);
    store.start(List.of(saga(null)));
    store.leave(node);
    var other = new DefinitionRef(ORDERS.name(), ORDERS.version(), "another");
    var refused =
        new NodeRegistration(
            new NodeId(UUID.randomUUID()), "test", Duration.ofMinutes(1), List.of(other));

    assertThat(store.join(refused)).isNotEmpty();
    assertThat(taken()).isZero();
  }

  @Test
  void aHeartbeatThatIsHeldUpFailsLongBeforeItsLeaseEnds() throws Exception {
    NodeId node = joined(store, Duration.ofSeconds(6));
    try (Connection holder = database.pool().getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("select 1 from %s.saga_node for update".formatted(database.schema()));
      long begin = System.nanoTime();

      assertThatThrownBy(() -> store.heartbeat(node)).isInstanceOf(SagaStoreException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
      holder.rollback();
    }

    assertThat(store.heartbeat(node)).isTrue();
    assertThat(taken()).isOne();
  }

  @Test
  void aNodeBeatsWhileAnotherOneWaitsToJoin() throws Exception {
    NodeId node = joined(store);
    try (Connection holder = database.pool().getConnection();
        Statement statement = holder.createStatement();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      holder.setAutoCommit(false);
      statement.execute(
          """
          insert into %1$s.saga_node (id, name, definitions, lease, expires_at)
          values (
            '00000000-0000-0000-0000-000000000000', '', '{}', interval '0', clock_timestamp());
          delete from %1$s.saga_node
          where name = ''
          """
              .formatted(database.schema()));
      Future<NodeId> joining = threads.submit(() -> joined(store));
      TestDatabase.await(() -> isWaitingForALock());

      assertThat(store.heartbeat(node)).isTrue();
      assertThat(joining.isDone()).isFalse();
      holder.rollback();
      assertThat(store.heartbeat(joining.get(10, TimeUnit.SECONDS))).isTrue();
    }
  }

  @Test
  void ofTwoNodesThatContradictEachOtherAndJoinAtOnceOneIsRefused() throws Exception {
    for (int round = 0; round < 20; round++) {
      String name = "round-" + round;
      var together = new CyclicBarrier(2);
      try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
        Future<List<String>> one = threads.submit(() -> joinedWith(name, "f1", together));
        Future<List<String>> other = threads.submit(() -> joinedWith(name, "f2", together));

        assertThat(List.of(one.get(), other.get())).filteredOn(List::isEmpty).hasSize(1);
      }
    }
    assertThat(database.count("saga_node")).isEqualTo(20);
  }

  private List<String> joinedWith(String definition, String fingerprint, CyclicBarrier together)
      throws Exception {
    var ref = new DefinitionRef(definition, 1, fingerprint);
    var node =
        new NodeRegistration(
            new NodeId(UUID.randomUUID()), "n", Duration.ofMinutes(1), List.of(ref));
    together.await();
    return store.join(node);
  }

  private boolean isWaitingForALock() {
    return database
        .value(
            """
            select count(*) from pg_stat_activity
            where application_name = 'leases' and wait_event_type = 'Lock'
            """)
        .equals("1");
  }

  @Test
  void releasingGivesTheConnectionBackAndLeavesTheNodeAlive() {
    NodeId node = joined(store);

    store.release(node);

    assertThat(taken()).isZero();
    assertThat(database.value("select count(*) from %s.saga_node where expires_at > now()"))
        .isEqualTo("1");
  }

  @Test
  void anEngineThatClosesOverAnAttemptThatGoesOnGivesTheConnectionBack() throws Exception {
    var running = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    SagaDefinition<String, Done> deaf =
        Saga.define("deaf", String.class)
            .key(input -> input)
            .step(
                Step.named("ignore", String.class)
                    .remote(
                        (input, call) -> {
                          running.countDown();
                          awaitUninterruptibly(release);
                        })
                    .needsNoCompensation())
            .build();
    EngineOptions options = EngineFixture.impatient().withShutdownTimeout(Duration.ofMillis(100));
    SagaEngine engine = SagaEngine.builder(store).options(options).define(deaf).build();
    try {
      engine.open();
      engine.start(deaf, "one");
      assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
      engine.close();

      assertThat(taken()).isZero();
      assertThat(database.value("select count(*) from %s.saga_node")).isEqualTo("1");
    } finally {
      release.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      boolean unused = Thread.interrupted();
    }
  }

  @Test
  void nodesOfOneStoreShareTheConnection() {
    NodeId one = joined(store);
    NodeId two = joined(store);
    assertThat(taken()).isOne();

    store.leave(one);

    assertThat(store.heartbeat(two)).isTrue();
    assertThat(taken()).isOne();
  }
}
