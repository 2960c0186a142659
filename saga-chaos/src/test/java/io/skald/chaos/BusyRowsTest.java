package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The faults: steps that want the same rows, the same connections, or are given little time. */
// one test after another; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("BusyRowsTest")
class BusyRowsTest {
  private static DatabaseServer server;

  private final Bench bench = Bench.on(server);

  @BeforeAll
  static void start() throws Exception {
    server = DatabaseServer.start(Map.of("deadlock_timeout", "20ms"));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private SagaDefinition<Integer, Done> saga(LocalTask<Integer> task, Retry retry) {
    CompensatableStep<Integer, Done> local =
        Step.named("local", Integer.class)
            .local(
                (number, tx) -> {
                  bench.effect(tx, "local", "ACTION");
                  task.execute(number, tx);
                })
            .retry(retry)
            .needsNoCompensation();
    return Saga.define("busy", Integer.class).key(number -> "busy-" + number).step(local).build();
  }

  private void execute(Tx tx, String sql) throws SQLException {
    bench.execute(tx.connection(), sql);
  }

  /** A start that finds no connection free is the caller's to repeat, under the same key. */
  private static boolean isStarted(
      SagaEngine engine, SagaDefinition<Integer, Done> saga, int number) {
    try {
      var unused = engine.start(saga, number);
      return true;
    } catch (SagaStoreException e) {
      assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT);
      return false;
    }
  }

  private void run(SagaEngine engine, SagaDefinition<Integer, Done> saga, int number) {
    for (int i = 0; i < number; i++) {
      for (int tries = 1; !isStarted(engine, saga, i); tries++) {
        assertThat(tries).isLessThan(100);
      }
    }
    bench.awaitRest();
    assertThat(bench.completed()).isEqualTo(number);
    assertThat(bench.differences()).isEmpty();
    assertThat(engine.health()).isEqualTo(new EngineHealth.Up());
  }

  @Test
  void stepsThatLockRowsInOppositeOrdersAllSucceed() {
    bench.execute("create table %s.stock (id int primary key, amount int)");
    bench.execute("insert into %s.stock select id, 0 from generate_series(0, 7) id");
    var saga =
        saga(
            (number, tx) -> {
              // its own row, and then the one that another saga begins with
              for (int row : new int[] {number % 8, (number % 8) ^ 1}) {
                execute(tx, "update %s.stock set amount = amount + 1 where id = " + row);
              }
            },
            Retry.defaults());

    run(bench.open(saga), saga, 300);

    assertThat(bench.count("select sum(amount) from %s.stock")).isEqualTo(600);
    // a step is repeated a few times before that costs an attempt
    long burned = bench.count("select sum(attempt - 1) from %s.saga_log");
    Bench.await("deadlocks, or nothing is proved")
        .until(() -> bench.count("select sum(deadlocks) from pg_stat_database") > burned);
  }

  @Test
  void aThousandSagasChangeOneRowBesideASnapshotThatStaysOpen() throws SQLException {
    bench.execute("create table %s.counter (n int)");
    bench.execute("insert into %s.counter values (0)");
    var saga =
        saga((number, tx) -> execute(tx, "update %s.counter set n = n + 1"), Retry.defaults());
    try (HikariDataSource others = bench.pool(config -> config.setAutoCommit(false));
        Connection reader = others.getConnection()) {
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      bench.execute(reader, "select n from %s.counter");

      run(bench.open(saga), saga, 1_000);

      reader.rollback();
    }
    assertThat(bench.count("select n from %s.counter")).isEqualTo(1_000);
  }

  /** While the locks are held, statements of steps and of the engine itself are refused. */
  @ParameterizedTest
  @CsvSource({"lock_timeout = '50ms', 55P03", "statement_timeout = '300ms', 57014"})
  void sagasEndAsTheyShouldUnderARoleThatHasLittlePatience(String setting, String state)
      throws Exception {
    String url = bench.roleWith(setting);
    var errands = new BenchSagas(bench);
    HikariDataSource pool = bench.pool(config -> config.setJdbcUrl(url));
    SagaEngine engine = bench.built(pool, builder -> builder, errands.saga);
    engine.open();
    try (var load = new Load(errands, engine)) {
      for (String table : List.of("effect", "saga_log", "saga", "saga_node", "effect")) {
        load.awaitEnded(20);
        holdUntilRefused(table);
      }
      load.awaitEnded(20);
      int started = load.stop();
      bench.awaitRest();
      assertThat(errands.violations(bench, started)).isEmpty();
    }
    assertThat(bench.refusals()).contains(state);
    Bench.awaitUp(engine);
  }

  /** Locks a table until those who waited for it at first have been refused. */
  private void holdUntilRefused(String table) throws SQLException {
    try (Connection holder = bench.connection()) {
      holder.setAutoCommit(false);
      bench.execute(holder, "lock table %s." + table + " in exclusive mode");
      Bench.await("somebody who waits for " + table).until(() -> !waiting().isEmpty());
      var first = waiting();
      Bench.await("their refusal").until(() -> Collections.disjoint(waiting(), first));
      holder.rollback();
    }
  }

  private List<List<String>> waiting() {
    return bench.rows(
        "select pid, query_start from pg_stat_activity where wait_event_type = 'Lock'");
  }

  @Test
  void aPoolThatStepsTakeASecondConnectionFromIsSharedInTheEnd() {
    HikariDataSource pool =
        bench.pool(
            config -> {
              config.setMaximumPoolSize(4);
              config.setConnectionTimeout(250);
            });
    var saga =
        saga(
            (number, tx) -> {
              try (Connection second = pool.getConnection();
                  Statement statement = second.createStatement()) {
                statement.execute("select 1");
              }
            },
            Retry.exponential(Duration.ofMillis(20)).attemptsMax(1_000));
    SagaEngine engine = bench.built(pool, builder -> builder, saga);
    engine.open();

    run(engine, saga, 100);
  }

  static List<Consumer<HikariConfig>> pools() {
    return List.of(
        config -> config.setAutoCommit(false),
        config -> config.setTransactionIsolation("TRANSACTION_SERIALIZABLE"),
        config -> config.setReadOnly(true),
        config -> {
          config.setAutoCommit(false);
          config.setReadOnly(true);
          config.setConnectionInitSql("set default_transaction_isolation = 'serializable'");
        });
  }

  @ParameterizedTest
  @MethodSource("pools")
  void everythingAnEngineDoesIsDoneOnPoolsOfOtherDefaults(Consumer<HikariConfig> settings)
      throws Exception {
    var errands = new BenchSagas(bench);
    SagaEngine starter =
        bench.built(builder -> builder.options(Bench.impatient().withConcurrency(0)), errands.saga);
    SagaEngine engine = bench.built(bench.pool(settings), builder -> builder, errands.saga);
    starter.open();
    engine.open();
    // of one it claims, of one it runs itself
    try (var load = new Load(errands, starter, engine)) {
      load.awaitEnded(50);
      int started = load.stop();
      bench.awaitRest();
      assertThat(errands.violations(bench, started)).isEmpty();
    }
    Bench.awaitUp(engine);
  }
}
