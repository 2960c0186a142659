package io.skald.chaos;

import static io.skald.chaos.WireScene.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.JooqSagaStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine behind a pooler that lends a server's session for one transaction at a time. */
@Timeout(300)
class PoolerTest {
  private final WireScene scene = new WireScene();
  private final List<AutoCloseable> open = new ArrayList<>();
  @TempDir private Path folder;

  /** Who keeps prepared statements apart. */
  enum Statements {
    NOBODY("prepareThreshold=0", List.of()),
    THE_POOLER("prepareThreshold=5", List.of("max_prepared_statements = 200"));

    private final String driver;
    private final List<String> pooler;

    Statements(String driver, List<String> pooler) {
      this.driver = driver;
      this.pooler = pooler;
    }
  }

  @BeforeEach
  void look() {
    assumeTrue(
        PgBouncer.program().isPresent(),
        "pgbouncer is not installed: nothing is known of poolers (apt-get install pgbouncer)");
    scene.database.execute(
        """
        do $$
        begin
          create role %1$s login superuser;
        exception when duplicate_object then null;
        end $$
        """
            .formatted(PgBouncer.ROLE));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    scene.close();
  }

  private PgBouncer bouncer(Statements statements) throws Exception {
    assumeTrue(
        statements == Statements.NOBODY || PgBouncer.knowsPreparedStatements(),
        "this pgbouncer knows no max_prepared_statements: it is older than 1.21");
    // fewer than the clients have connections, or nothing is shared
    return bouncer(4, statements.pooler);
  }

  private PgBouncer bouncer(int sessions, List<String> settings) throws Exception {
    PgBouncer bouncer = PgBouncer.start(folder, CommonServer.port(), sessions, settings);
    open.add(bouncer);
    return bouncer;
  }

  private HikariDataSource pool(PgBouncer bouncer, String driver) {
    HikariDataSource pool =
        scene.pool(bouncer.port(), config -> config.setJdbcUrl(config.getJdbcUrl() + "&" + driver));
    open.add(pool);
    return pool;
  }

  private SagaEngine engine(HikariDataSource pool) {
    SagaEngine engine =
        SagaEngine.builder(JooqSagaStore.builder(pool).build())
            .options(
                EngineOptions.defaults()
                    .withPollInterval(Duration.ofMillis(100))
                    .withLease(WireScene.LEASE, Duration.ofMillis(500))
                    .withShutdownTimeout(Duration.ofSeconds(5)))
            .define(scene.booked)
            .define(scene.approved)
            .build();
    open.add(engine);
    engine.open();
    return engine;
  }

  @ParameterizedTest
  @EnumSource
  void twoNodesRunTheirSagasToTheEnd(Statements statements) throws Exception {
    PgBouncer bouncer = bouncer(statements);
    SagaEngine one = engine(pool(bouncer, statements.driver));
    SagaEngine other = engine(pool(bouncer, statements.driver));
    var sagas = new ArrayList<SagaId>();
    for (int i = 0; i < 100; i++) {
      SagaEngine node = i % 2 == 0 ? one : other;
      sagas.add(node.start(scene.booked, new Trips.Trip("o" + i)).id());
      SagaId approved = node.start(scene.approved, new Trips.Trip("o" + i)).id();
      (i % 3 == 0 ? one : other).signal(approved, Trips.APPROVED, "me");
      sagas.add(approved);
    }

    scene.endsAs(SagaStatus.COMPLETED, sagas.toArray(SagaId[]::new));
    assertThat(scene.trips.calls).hasSize(100);
    assertThat(bouncedSessions()).as("they shared the sessions").isBetween(1L, 4L);
  }

  @ParameterizedTest
  @EnumSource
  void sessionsThatAreKilledBehindThePoolerLoseNothing(Statements statements) throws Exception {
    SagaEngine engine = engine(pool(bouncer(statements), statements.driver));
    var sagas = new ArrayList<SagaId>();
    for (int i = 0; i < 60; i++) {
      try {
        sagas.add(engine.start(scene.booked, new Trips.Trip("o" + i)).id());
      } catch (SagaStoreException e) {
        // in doubt: all three tries may have been killed; what was started ends as well
        assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT);
      }
      if (i % 10 == 5) {
        scene.database.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = '%s'"
                .formatted(PgBouncer.ROLE));
      }
    }

    scene.endsAs(SagaStatus.COMPLETED, sagas.toArray(SagaId[]::new));
    assertThat(sagas).hasSizeGreaterThan(30);
    await("it is well", () -> engine.health() instanceof EngineHealth.Up);
  }

  @Test
  void refusesToOpenBehindAPoolerThatMixesUpPreparedStatements() throws Exception {
    List<String> mixing =
        PgBouncer.knowsPreparedStatements() ? List.of("max_prepared_statements = 0") : List.of();
    HikariDataSource pool = pool(bouncer(4, mixing), "prepareThreshold=5");

    assertThatThrownBy(() -> engine(pool))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("set prepareThreshold=0");
  }

  /** Heartbeats wait for a session like everybody else. */
  @Test
  void aNodeThatGetsNoSessionIsDownAndItsStepTakesEffectOnce() throws Exception {
    var booking = new CountDownLatch(1);
    scene.trips.onBook = tx -> booking.await();
    SagaEngine engine =
        engine(pool(bouncer(1, Statements.NOBODY.pooler), Statements.NOBODY.driver));
    SagaId saga = engine.start(scene.booked, new Trips.Trip("o1")).id();

    await("its lease runs out", () -> engine.health() instanceof EngineHealth.Down);
    booking.countDown();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    await("it is well", () -> engine.health() instanceof EngineHealth.Up);
  }

  private long bouncedSessions() {
    return scene.database.count(
        "select count(*) from pg_stat_activity where usename = '%s' and datname = '%s'"
            .formatted(PgBouncer.ROLE, scene.databaseName()));
  }
}
