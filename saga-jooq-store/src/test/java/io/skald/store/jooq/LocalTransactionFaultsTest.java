package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Local steps on a database or a connection that fails them, and steps that take too long. */
class LocalTransactionFaultsTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final JooqSagaStore store = DATABASE.store();
  private final NodeId node = joined(store);
  private final Fence fence = started(store, node);

  @AfterEach
  void clear() {
    DATABASE.execute("truncate %s.business");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  @Test
  void aConflictRepeatsTheWholeStep() {
    AtomicInteger runs = new AtomicInteger();
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              DATABASE.execute(tx.connection(), "insert into %s.business values ('a')");
              if (runs.incrementAndGet() < 3) {
                throw new RuntimeException(new SQLException("conflict", "40001"));
              }
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(runs).hasValue(3);
    assertThat(DATABASE.count("business")).isOne();
  }

  @Test
  void aServerWithoutRoomPostponesTheStep() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              throw new SQLException("disk full", "53100");
            });

    assertThat(outcome).isInstanceOf(LocalOutcome.Postponed.class);
  }

  @Test
  void aPoolWithoutConnectionsPostponesTheStep() throws SQLException {
    try (HikariDataSource pool =
            TestDatabase.pool(
                config -> {
                  config.setMaximumPoolSize(1);
                  config.setConnectionTimeout(250);
                });
        Connection only = pool.getConnection()) {
      assertThat(only.isClosed()).isFalse();
      assertThat(
              DATABASE.store(pool).runLocal(fence, LIMIT, tx -> recorded(fence, succeeded("a", 1))))
          .isInstanceOf(LocalOutcome.Postponed.class);
    }
  }

  @Test
  void theTimeLimitCancelsTheQueryAndSparesTheConnectionsNextUser() {
    try (HikariDataSource pool = TestDatabase.pool(config -> config.setMaximumPoolSize(1))) {
      JooqSagaStore single = DATABASE.store(pool);
      for (int i = 0; i < 5; i++) {
        long begun = System.nanoTime();
        LocalOutcome outcome =
            single.runLocal(
                fence,
                Duration.ofMillis(100),
                tx -> {
                  DATABASE.execute(tx.connection(), "select pg_sleep(30)");
                  return recorded(fence, succeeded("a", 1));
                });
        assertThat(outcome)
            .isInstanceOfSatisfying(
                LocalOutcome.RolledBack.class,
                rolledBack -> assertThat(rolledBack.cause()).isInstanceOf(TimeoutException.class));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        assertThat(single.load(fence.saga())).isPresent();
      }
    }
  }

  @Test
  void theConnectionIsAbortedIfTheStepGoesOnAfterACancel() {
    AtomicInteger queries = new AtomicInteger();
    LocalOutcome outcome =
        store.runLocal(
            fence,
            Duration.ofMillis(100),
            tx -> {
              while (queries.incrementAndGet() < 10_000) {
                Savepoint savepoint = tx.connection().setSavepoint();
                try {
                  DATABASE.execute(tx.connection(), "select pg_sleep(30)");
                } catch (SQLException e) {
                  tx.connection().rollback(savepoint);
                }
              }
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack -> assertThat(rolledBack.cause()).isInstanceOf(TimeoutException.class));
    assertThat(queries.get()).isLessThan(10);
    assertThat(store.heartbeat(node)).isTrue();
  }

  @Test
  void aConnectionLostInTheStepRollsBack() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              DATABASE.execute(tx.connection(), "insert into %s.business values ('a')");
              DATABASE.execute(tx.connection(), "select pg_terminate_backend(pg_backend_pid())");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isInstanceOf(LocalOutcome.RolledBack.class);
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aCommitInDoubtIsSettledByAWrite() throws Exception {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config ->
                config.setConnectionInitSql(
                    "set synchronous_commit = on; set application_name = 'in doubt'"))) {
      JooqSagaStore doubtful = DATABASE.store(pool);
      DATABASE.execute("alter system set synchronous_standby_names = 'nosuch'");
      DATABASE.execute("select pg_reload_conf()");
      try {
        CompletableFuture<LocalOutcome> step =
            CompletableFuture.supplyAsync(() -> insertAndRecord(doubtful));
        TestDatabase.await(() -> waiting() == 1);
        DATABASE.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");

        assertThat(step.get(10, TimeUnit.SECONDS)).isInstanceOf(LocalOutcome.InDoubt.class);
        SagaSnapshot settled = store.settle(fence.saga(), node).orElseThrow();
        assertThat(settled.log()).hasSize(1);
        assertThat(settled.saga().epoch()).isEqualTo(1);
        assertThat(DATABASE.count("business")).isOne();
      } finally {
        DATABASE.execute("alter system reset synchronous_standby_names");
        DATABASE.execute("select pg_reload_conf()");
      }
    }
  }

  private LocalOutcome insertAndRecord(JooqSagaStore doubtful) {
    return doubtful.runLocal(
        fence,
        LIMIT,
        tx -> {
          DATABASE.execute(tx.connection(), "insert into %s.business values ('a')");
          return recorded(fence, succeeded("a", 1));
        });
  }

  private static int waiting() {
    return Integer.parseInt(
        DATABASE.value("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"));
  }

  @Test
  void anInterruptLeftBehindDoesNotDisturbTheCommit() throws Exception {
    CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
    CompletableFuture<LocalOutcome> outcome = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              outcome.complete(interruptedStep());
              stillInterrupted.complete(Thread.currentThread().isInterrupted());
            });

    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(new LocalOutcome.Committed());
    assertThat(stillInterrupted.get(10, TimeUnit.SECONDS)).isTrue();
  }

  private LocalOutcome interruptedStep() {
    return store.runLocal(
        fence,
        LIMIT,
        tx -> {
          Thread.currentThread().interrupt();
          return recorded(fence, succeeded("a", 1));
        });
  }
}
