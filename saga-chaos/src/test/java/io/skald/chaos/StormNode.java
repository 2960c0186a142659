package io.skald.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Tx;
import io.skald.saga.view.SagaEvent;
import io.skald.store.jooq.JooqSagaStore;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A node in a process of its own, whose heap is small, on which a great many parked sagas fall due
 * at once while new ones are started. Prints what it measured, a figure a line.
 */
public final class StormNode {
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final Duration PACE = Duration.ofMillis(20);
  private static final int IDLE_STARTS = 100;

  /** All but the id, the key, the token and the time are as they were. */
  private static final String COPIES =
      """
      insert into skald.saga
      select r.*
      from skald.saga s
      cross join generate_series(1, %1$d) n
      cross join lateral jsonb_populate_record(s, jsonb_build_object(
        'id', gen_random_uuid(),
        'business_key', 'copy-' || n,
        'token_key', gen_random_uuid())) r
      where s.business_key = 'parked';
      insert into skald.saga_log
      select r.*
      from skald.saga s
      cross join skald.saga_log l
      cross join lateral jsonb_populate_record(l, jsonb_build_object('saga_id', s.id)) r
      where s.business_key like 'copy-%%'
        and l.saga_id = (select id from skald.saga where business_key = 'parked');
      insert into effect
      select s.id, l.step_name, l.direction
      from skald.saga s
      join skald.saga_log l on l.saga_id = s.id
      where l.step_name like 'local%%'
        and s.business_key like 'copy-%%'
      """;

  /** They fell due over the last hour, when nobody was there. */
  private static final String OUTAGE_ENDS =
      """
      update skald.saga_log l
      set retry_at = clock_timestamp() - random() * interval '1 hour'
      from skald.saga s
      where s.id = l.saga_id
        and s.definition = 'parked'
        and l.status = 'WAITING';
      update skald.saga s
      set wake_at = l.retry_at
      from skald.saga_log l
      where l.saga_id = s.id
        and l.status = 'WAITING'
        and s.definition = 'parked'
      """;

  private final HikariDataSource pool;
  private final int sagas;
  private final boolean fails;
  private final SagaDefinition<String, Done> fresh;
  private final SagaDefinition<String, Done> parked;
  private final AtomicInteger drained = new AtomicInteger();
  private int started;

  private StormNode(String url, int sagas, String kind) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(16);
    this.pool = new HikariDataSource(config);
    this.sagas = sagas;
    this.fails = kind.equals("compensations");
    this.fresh =
        Saga.define("fresh", String.class)
            .key(key -> key)
            .step(local("local-a"))
            .step(Step.named("call", String.class).remote((key, call) -> {}).needsNoCompensation())
            .step(local("local-b"))
            .build();
    this.parked =
        Saga.define("parked", String.class)
            .key(key -> key)
            .step(local("local-a"))
            .step(
                Step.named("call", String.class)
                    .remote((key, call) -> {})
                    .compensation((key, done, call) -> {}))
            .step(Step.delay("some-weeks", Duration.ofDays(60)))
            .step(
                Step.named("decide", String.class)
                    .remote(
                        (key, call) -> {
                          if (fails) {
                            throw new PermanentFailure("they all fail");
                          }
                        })
                    .needsNoCompensation())
            .build();
  }

  /** Runs one; arguments: JDBC URL, how many sagas, {@code timers} or {@code compensations}. */
  public static void main(String[] arguments) throws Exception {
    new StormNode(arguments[0], Integer.parseInt(arguments[1]), arguments[2]).run();
  }

  private void run() throws Exception {
    var store = JooqSagaStore.builder(pool).build();
    execute("create table effect (saga_id uuid, step text, direction text)");
    try (SagaEngine engine =
        SagaEngine.builder(store)
            .options(EngineOptions.defaults().withNodeName("storm"))
            .listener(this::heard)
            .define(fresh)
            .define(parked)
            .build()) {
      engine.open();
      var unused = engine.start(parked, "parked");
      while (!isParked()) {
        LockSupport.parkNanos(PACE.toNanos());
      }
      execute(COPIES.formatted(sagas - 1));
      // the first ones are slow in every process
      print("warm", latencies(engine, () -> started < IDLE_STARTS));
      print("idle", latencies(engine, () -> started < 2 * IDLE_STARTS));
      execute(OUTAGE_ENDS);
      long began = System.nanoTime();
      print("storm", latencies(engine, () -> drained.get() < sagas));
      print("drained_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
      printHeld();
    } finally {
      pool.close();
    }
  }

  private void heard(SagaEvent event) {
    if (event instanceof SagaEvent.Ended ended && ended.definition().equals(parked.name())) {
      drained.incrementAndGet();
    }
  }

  private boolean isParked() throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select exists (select from skald.saga where owner is null and wake_at > now())")) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Starts sagas at a steady pace; answers how long each took from its start to its end. */
  private long[] latencies(SagaEngine engine, BooleanSupplier goingOn) throws Exception {
    List<Future<Long>> all = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      while (goingOn.getAsBoolean()) {
        String key = "fresh-" + started++;
        all.add(callers.submit(() -> latency(engine, key)));
        LockSupport.parkNanos(PACE.toNanos());
      }
    }
    var nanos = new long[all.size()];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = all.get(i).get();
    }
    Arrays.sort(nanos);
    return nanos;
  }

  private long latency(SagaEngine engine, String key) throws Exception {
    long began = System.nanoTime();
    if (!(engine.start(fresh, key).await(PATIENCE) instanceof SagaEnd.Completed)) {
      throw new IllegalStateException(key + " did not complete");
    }
    return System.nanoTime() - began;
  }

  private CompensatableStep<String, Done> local(String name) {
    return Step.named(name, String.class)
        .local((key, tx) -> effect(tx, name, "ACTION"))
        .compensation((key, done, tx) -> effect(tx, name, "COMPENSATION"));
  }

  private static void effect(Tx tx, String step, String direction) throws SQLException {
    try (PreparedStatement insert =
        tx.connection().prepareStatement("insert into effect values (?, ?, ?)")) {
      insert.setObject(1, tx.sagaId().value());
      insert.setString(2, step);
      insert.setString(3, direction);
      insert.executeUpdate();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void printHeld() {
    System.gc();
    var threads = ManagementFactory.getThreadMXBean();
    print("heap_mib", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20);
    print("platform_threads_peak", threads.getPeakThreadCount());
  }

  private static void print(String what, long[] nanos) {
    print(what + "_sagas", nanos.length);
    print(what + "_p50_ms", TimeUnit.NANOSECONDS.toMillis(nanos[nanos.length / 2]));
    print(what + "_p99_ms", TimeUnit.NANOSECONDS.toMillis(nanos[nanos.length * 99 / 100]));
    print(what + "_max_ms", TimeUnit.NANOSECONDS.toMillis(nanos[nanos.length - 1]));
  }

  private static void print(String what, long value) {
    System.out.println(what + "=" + value);
  }
}
