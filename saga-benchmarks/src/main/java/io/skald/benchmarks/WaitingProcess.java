package io.skald.benchmarks;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The process that starts sagas which wait at a delay of weeks, and waits. Of a million, it starts
 * the first 100,000; the others are copies of rows as the engine has left them.
 */
public final class WaitingProcess {
  private static final int STARTED_MAX = 100_000;
  private static final int STARTERS = 32;
  private static final int CONNECTIONS = 16;

  /** What is done once a minute is in it, once. */
  private static final Duration QUIET = Duration.ofMinutes(1);

  private static final Duration SETTLING_MAX = Duration.ofMinutes(2);

  private static final String WAITING =
      """
      select count(*)
      from skald.saga
      where owner is null
        and wake_at > now() + interval '1 day'
      """;

  /** All but the id, the key, the token and the time are as they were. */
  private static final String COPIES =
      """
      insert into skald.saga
      select r.*
      from skald.saga s
      cross join generate_series(1, %d) n
      cross join lateral jsonb_populate_record(s, jsonb_build_object(
        'id', uuidv7(),
        'business_key', 'copy-' || n,
        'token_key', gen_random_uuid(),
        'wake_at', s.wake_at + n * interval '1 ms')) r
      where s.id = (select id from skald.saga limit 1);
      insert into skald.saga_log
      select r.*
      from skald.saga s
      cross join skald.saga_log l
      cross join lateral jsonb_populate_record(l, jsonb_build_object('saga_id', s.id)) r
      where s.business_key like 'copy-%%'
        and l.saga_id = (select saga_id from skald.saga_log limit 1)
      """;

  /** What the server would do of itself some time after so many inserts. */
  private static final List<String> TIDYING =
      List.of("vacuum (analyze) skald.saga", "vacuum (analyze) skald.saga_log", "checkpoint");

  private static final SagaDefinition<PlaceOrder, Done> SAGA =
      Saga.define("wait", PlaceOrder.class)
          .key(PlaceOrder::orderId)
          .step(Step.delay("some-weeks", Duration.ofDays(60)))
          .step(
              Step.named("call", PlaceOrder.class)
                  .remote((order, call) -> {})
                  .needsNoCompensation())
          .build();

  private final String url;
  private final int sagas;
  private final int started;

  private WaitingProcess(String url, int sagas) {
    this.url = url;
    this.sagas = sagas;
    this.started = Math.min(sagas, STARTED_MAX);
  }

  /**
   * Runs it.
   *
   * @param args the database's address, and how many sagas
   * @throws Exception if it could not be measured
   */
  public static void main(String[] args) throws Exception {
    new WaitingProcess(args[0], Integer.parseInt(args[1])).run();
  }

  private void run() throws Exception {
    try (var pool = pool();
        var engine = engine(pool)) {
      engine.open();
      long began = System.nanoTime();
      startAll(engine);
      awaitAllWaiting();
      print(
          "started and parked per second", started * 1_000_000_000L / (System.nanoTime() - began));
      copyTheRest();
      print("sagas waiting", query(WAITING));
      printHeld(pool);
      printIdle();
    }
  }

  private HikariDataSource pool() {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(CONNECTIONS);
    config.addDataSourceProperty("ApplicationName", "waiting");
    config.addDataSourceProperty("socketFactory", CountingSockets.class.getName());
    return new HikariDataSource(config);
  }

  private static SagaEngine engine(HikariDataSource pool) {
    return SagaEngine.builder(JooqSagaStore.builder(pool).build())
        .options(EngineOptions.defaults().withNodeName("waiting"))
        .define(SAGA)
        .build();
  }

  private void startAll(SagaEngine engine) throws Exception {
    var next = new AtomicInteger();
    List<Future<?>> futures = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(STARTERS)) {
      for (int i = 0; i < STARTERS; i++) {
        futures.add(threads.submit(() -> startSome(engine, next)));
      }
      for (Future<?> future : futures) {
        var unused = future.get();
      }
    }
  }

  private void startSome(SagaEngine engine, AtomicInteger next) {
    for (int number = next.getAndIncrement(); number < started; number = next.getAndIncrement()) {
      var order = new PlaceOrder("w-" + number, "customer-" + number, "12 Harbour Street", number);
      var unused = engine.start(SAGA, order);
    }
  }

  private void awaitAllWaiting() throws SQLException, InterruptedException {
    long end = System.nanoTime() + SETTLING_MAX.toNanos();
    while (query(WAITING) < started && System.nanoTime() < end) {
      Thread.sleep(200);
    }
  }

  private void copyTheRest() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(COPIES.formatted(sagas - started));
      for (String tidying : TIDYING) {
        statement.execute(tidying);
      }
    }
  }

  private static void printHeld(HikariDataSource pool) throws IOException {
    System.gc();
    var memory = ManagementFactory.getMemoryMXBean();
    var threads = ManagementFactory.getThreadMXBean();
    print("heap in use after a collection, MiB", memory.getHeapMemoryUsage().getUsed() >> 20);
    print("heap at most, MiB", memory.getHeapMemoryUsage().getMax() >> 20);
    print("platform threads", threads.getThreadCount());
    print("platform and virtual threads", allThreads());
    print("connections in use", pool.getHikariPoolMXBean().getActiveConnections());
    print("connections in the pool", pool.getHikariPoolMXBean().getTotalConnections());
  }

  /** The platform's own count leaves virtual threads out; its dump does not. */
  private static long allThreads() throws IOException {
    Path directory = Files.createTempDirectory("skald-benchmark");
    Path dump = directory.resolve("threads.json");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
    try (Stream<String> lines = Files.lines(dump)) {
      return lines.filter(line -> line.contains("\"tid\"")).count();
    } finally {
      Files.delete(dump);
      Files.delete(directory);
    }
  }

  private void printIdle() throws SQLException, InterruptedException {
    try (Connection connection = DriverManager.getConnection(url)) {
      Calls.reset(connection);
      long processor = ProcessorTime.ofThisProcess();
      Map<Long, Long> server = processorOfServer();
      long sent = CountingSockets.sent();
      Thread.sleep(QUIET);
      double seconds = QUIET.toSeconds();
      print("round trips per second", (CountingSockets.sent() - sent) / seconds);
      print("processor, % of one", (ProcessorTime.ofThisProcess() - processor) / seconds / 1e7);
      print(
          "processor of PostgreSQL, % of one",
          ProcessorTime.since(server, processorOfServer()) / seconds / 1e7);
      Calls.read(connection).forEach((query, calls) -> print(query, calls / seconds));
    }
  }

  private Map<Long, Long> processorOfServer() throws SQLException {
    return ProcessorTime.ofServer(query("select pg_backend_pid()"));
  }

  private long query(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void print(String what, long value) {
    System.out.println(String.format(Locale.ROOT, "| %s | %,d |", what, value));
  }

  private static void print(String what, double value) {
    System.out.println(String.format(Locale.ROOT, "| %s | %.2f |", what, value));
  }
}
