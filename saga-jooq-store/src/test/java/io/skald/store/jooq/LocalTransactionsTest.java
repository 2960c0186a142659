package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalTransactionsTest {
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

  private static void sql(LocalTransaction transaction, String sql) throws SQLException {
    try (Statement statement = transaction.connection().createStatement()) {
      statement.execute(sql.replace("%s", DATABASE.schema()));
    }
  }

  @Test
  void businessRowsAndLogRowCommitTogether() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(DATABASE.count("business")).isOne();
    assertThat(store.load(fence.saga()).orElseThrow().log()).hasSize(1);
  }

  @Test
  void nothingIsCommittedUnderALostFence() {
    Fence late = fence.next();
    LocalOutcome outcome =
        store.runLocal(
            late,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              return ended(late, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aStepRecordedAlreadyIsNotRecordedAgain() {
    store.runLocal(fence, LIMIT, tx -> recorded(fence, succeeded("a", 1)));
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aLaterAttemptReplacesTheRowOfTheOneBefore() {
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));
    LogWrite second =
        row("a", 1, LogStatus.SUCCEEDED, 2, new LogWrite.Replaced(LogStatus.RETRYING, 1));

    assertThat(store.runLocal(fence, LIMIT, tx -> recorded(fence, second)))
        .isEqualTo(new LocalOutcome.Committed());
    assertThat(store.runLocal(fence, LIMIT, tx -> recorded(fence, second)))
        .isEqualTo(new LocalOutcome.FenceLost());
  }

  @Test
  void whatTheStepThrowsRollsBack() {
    IllegalStateException refusal = new IllegalStateException("no");
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              throw refusal;
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.RolledBack(refusal));
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void stepsCannotEndTheirTransaction() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              Connection connection = tx.connection();
              assertThatThrownBy(connection::commit).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(connection::rollback).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(connection::close).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(() -> connection.setAutoCommit(true))
                  .isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(() -> connection.abort(Runnable::run))
                  .isInstanceOf(IllegalStateException.class);
              assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
  }

  @Test
  void savepointsUndoAPart() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              Savepoint savepoint = tx.connection().setSavepoint();
              assertThatThrownBy(() -> sql(tx, "insert into %s.business values ('a')"))
                  .isInstanceOf(SQLException.class);
              tx.connection().rollback(savepoint);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(DATABASE.count("business")).isOne();
  }

  @Test
  void stepsMayUseJooq() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              tx.unwrap(DSLContext.class)
                  .execute("insert into %s.business values ('a')".formatted(DATABASE.schema()));
              assertThat(tx.unwrap(Configuration.class)).isNotNull();
              assertThatThrownBy(() -> tx.unwrap(String.class))
                  .isInstanceOf(IllegalArgumentException.class);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(DATABASE.count("business")).isOne();
  }

  @Test
  void aSwallowedSqlErrorRollsTheStepBack() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              assertThatThrownBy(() -> sql(tx, "insert into %s.business values ('a')"))
                  .isInstanceOf(SQLException.class);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.cause()).hasMessageContaining("caught an SQL error"));
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aDeferredConstraintRefusedAtCommitRollsTheStepBack() {
    DATABASE.execute("create table %s.deferred (id text unique deferrable initially deferred)");
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.deferred values ('a'), ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.cause())
                    .isInstanceOfSatisfying(
                        SQLException.class,
                        error -> assertThat(error.getSQLState()).isEqualTo("23505")));
    assertThat(store.load(fence.saga()).orElseThrow().log()).isEmpty();
  }

  @Test
  void aConflictRepeatsTheWholeStep() {
    AtomicInteger runs = new AtomicInteger();
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
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
      assertThat(storeOn(pool).runLocal(fence, LIMIT, tx -> recorded(fence, succeeded("a", 1))))
          .isInstanceOf(LocalOutcome.Postponed.class);
    }
  }

  private static JooqSagaStore storeOn(HikariDataSource pool) {
    return JooqSagaStore.builder(pool).schema(DATABASE.schema()).migration(Migration.NONE).build();
  }

  @Test
  void theTimeLimitCancelsTheQueryAndSparesTheConnectionsNextUser() {
    try (HikariDataSource pool = TestDatabase.pool(config -> config.setMaximumPoolSize(1))) {
      JooqSagaStore single = storeOn(pool);
      for (int i = 0; i < 5; i++) {
        long begun = System.nanoTime();
        LocalOutcome outcome =
            single.runLocal(
                fence,
                Duration.ofMillis(100),
                tx -> {
                  sql(tx, "select pg_sleep(30)");
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
                  sql(tx, "select pg_sleep(30)");
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set default_transaction_isolation = 'serializable'",
        "set default_transaction_isolation = 'repeatable read'",
        "set default_transaction_read_only = on"
      })
  void stepsAreReadCommittedAndWritableWhateverThePoolsDefault(String setting) {
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setConnectionInitSql(setting))) {
      walksThroughALife(storeOn(pool));
    }
  }

  @Test
  void stepsAreReadCommittedWhereTheConnectionsOfAPoolDiffer() {
    DATABASE.execute("create role changing superuser login");
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url("changing")))) {
      JooqSagaStore own = storeOn(pool);
      walksThroughALife(own);
      DATABASE.execute("alter role changing set default_transaction_isolation = 'serializable'");
      pool.getHikariPoolMXBean().softEvictConnections();
      walksThroughALife(own);
    } finally {
      DATABASE.execute("drop role changing");
    }
  }

  @Test
  void stepsAreReadCommittedAndWritableOnReadOnlyAndSerializablePools() {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config -> {
              config.setReadOnly(true);
              config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
            })) {
      walksThroughALife(storeOn(pool));
    }
  }

  @Test
  void poolsWithAutocommitOffWorkAndKeepIt() throws SQLException {
    try (HikariDataSource pool = TestDatabase.pool(config -> config.setAutoCommit(false))) {
      walksThroughALife(storeOn(pool));
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isFalse();
      }
    }
  }

  private void walksThroughALife(JooqSagaStore own) {
    NodeId owner = joined(own);
    Fence first = started(own, owner);
    LocalOutcome outcome =
        own.runLocal(
            first,
            LIMIT,
            tx -> {
              assertThat(setting(tx, "transaction_isolation")).isEqualTo("read committed");
              assertThat(setting(tx, "transaction_read_only")).isEqualTo("off");
              return recorded(first, succeeded("a", 1));
            });
    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(own.settle(first.saga(), owner).orElseThrow().log()).hasSize(1);
    Fence second = first.next();
    assertThat(own.runLocal(second, LIMIT, tx -> ended(second, succeeded("b", 2))))
        .isEqualTo(new LocalOutcome.Committed());
    assertThat(own.load(first.saga()).orElseThrow().saga().status())
        .isEqualTo(SagaStatus.COMPLETED);
    own.leave(owner);
  }

  private static String setting(LocalTransaction tx, String name) throws SQLException {
    try (Statement statement = tx.connection().createStatement();
        ResultSet rows = statement.executeQuery("show " + name)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  @Test
  void aConnectionLostInTheStepRollsBack() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              sql(tx, "insert into %s.business values ('a')");
              sql(tx, "select pg_terminate_backend(pg_backend_pid())");
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
      JooqSagaStore doubtful = storeOn(pool);
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
          sql(tx, "insert into %s.business values ('a')");
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
