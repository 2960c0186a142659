package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/**
 * A database of its own, and engines on it, each behind a wire of its own that can be broken.
 * Impatient, so that tests are quick.
 */
final class WireScene implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);
  static final Duration LEASE = Duration.ofSeconds(3);
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static final String EFFECTS_NOT_AS_LOGGED =
      """
      select coalesce(e.saga_id, l.saga_id), coalesce(e.step, l.step_name),
        coalesce(e.direction, l.direction), e.times, l.status
      from (
        select saga_id, step, direction, count(*) as times
        from effect
        group by saga_id, step, direction
      ) e
      full join (
        select *
        from skald.saga_log
        where status = 'SUCCEEDED'
          and step_name in ('book', 'note', 'close')
      ) l on l.saga_id = e.saga_id and l.step_name = e.step and l.direction = e.direction
      where e.times is distinct from 1
        or l.saga_id is null
      """;

  /** A completed saga has one row of each of its steps. */
  private static final String LOG_NOT_WHOLE =
      """
      select s.id
      from skald.saga s
      where s.status = 'COMPLETED'
        and case s.definition when 'booked' then 4 when 'escort' then 1 else 3 end <> (
          select count(*)
          from skald.saga_log l
          where l.saga_id = s.id
            and l.status = 'SUCCEEDED')
      """;

  final Trips trips = new Trips();
  final SagaDefinition<Trips.Trip, Done> booked = trips.booked();
  final SagaDefinition<Trips.Trip, Done> approved = trips.approved();
  final SagaDefinition<Trips.Trip, Done> escorted = trips.escorted();
  final TestDatabase database;
  private final String name = "wire_" + DATABASES.incrementAndGet();
  private final HikariDataSource direct;
  private final List<Node> nodes = new ArrayList<>();

  /** A node: an engine, its wire, its pool. */
  record Node(SagaEngine engine, WireProxy wire, HikariDataSource pool) {
    boolean isWell() {
      return engine.health() instanceof EngineHealth.Up;
    }

    private void close() throws IOException {
      wire.heal();
      engine.close();
      pool.close();
      wire.close();
    }
  }

  WireScene() {
    try (var server = TestDatabase.pool(CommonServer.url())) {
      new TestDatabase(server).execute("create database " + name);
    }
    this.direct = pool(CommonServer.port(), config -> {});
    this.database = new TestDatabase(direct);
    database.execute("create table effect (saga_id uuid, step text, direction text)");
    JooqSagaStore.builder(direct).build();
  }

  HikariDataSource pool(int port, Consumer<HikariConfig> settings) {
    var config = new HikariConfig();
    config.setJdbcUrl("jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, name));
    config.setMaximumPoolSize(10);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(2000);
    config.setValidationTimeout(1000);
    // what docs/operations.md asks for
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("connectTimeout", "2");
    config.addDataSourceProperty("socketTimeout", "15");
    settings.accept(config);
    return new HikariDataSource(config);
  }

  /** An engine that is open. */
  Node open() throws IOException {
    return open(options -> options, config -> {});
  }

  /** A node whose driver waits two seconds for an answer and no longer. */
  Node openImpatient() throws IOException {
    return open(options -> options, config -> config.addDataSourceProperty("socketTimeout", "2"));
  }

  /** A node that starts sagas and leaves them to others. */
  Node openStarter() throws IOException {
    return open(options -> options.withConcurrency(0), config -> {});
  }

  Node open(UnaryOperator<EngineOptions> options, Consumer<HikariConfig> settings)
      throws IOException {
    WireProxy wire = WireProxy.to(CommonServer.port());
    HikariDataSource pool = pool(wire.port(), settings);
    var impatient =
        EngineOptions.defaults()
            .withPollInterval(Duration.ofMillis(100))
            .withLease(LEASE, Duration.ofMillis(500))
            .withShutdownTimeout(Duration.ofSeconds(5));
    SagaEngine engine =
        SagaEngine.builder(JooqSagaStore.builder(pool).build())
            .options(options.apply(impatient))
            .define(booked)
            .define(approved)
            .define(escorted)
            .define(trips.escort())
            .build();
    var node = new Node(engine, wire, pool);
    nodes.add(node);
    engine.open();
    return node;
  }

  SagaId start(Node node, String key) {
    return node.engine().start(booked, new Trips.Trip(key)).id();
  }

  SagaId startApproved(Node node, String key) {
    return node.engine().start(approved, new Trips.Trip(key)).id();
  }

  /** Has the server end what nobody goes on with: as docs/operations.md asks for, in small. */
  void boundWhatHangs() {
    set("idle_in_transaction_session_timeout", "3s");
    set("transaction_timeout", "6s");
  }

  private void set(String setting, String value) {
    database.execute("alter database %s set %s = '%s'".formatted(name, setting, value));
  }

  String databaseName() {
    return name;
  }

  /** Has all leases run out that nodes have now, as if the database had not heard of them. */
  void expire() {
    database.execute(
        "update skald.saga_node set expires_at = clock_timestamp() - interval '1 second'");
  }

  /** Has COMMITs that ask for a standby wait for one that never comes. */
  void holdCommits() {
    database.execute("alter system set synchronous_standby_names = 'nosuch'");
    database.execute("select pg_reload_conf()");
  }

  void releaseCommits() {
    database.execute("alter system reset synchronous_standby_names");
    database.execute("select pg_reload_conf()");
  }

  void awaitHeldCommit() {
    await(
        "a commit waits for a standby",
        () ->
            database.count("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
                == 1);
  }

  SagaStatus status(SagaId saga) {
    return SagaStatus.valueOf(
        database
            .rows("select status from skald.saga where id = '%s'".formatted(saga))
            .getFirst()
            .getFirst());
  }

  /** The saga ends that way; all nodes are well; each effect is there once, as logged. */
  void endsAs(SagaStatus end, SagaId... sagas) {
    for (SagaId saga : sagas) {
      await("saga " + saga + " is " + end, () -> status(saga) == end);
    }
    areWellAndTookEffectOnce();
  }

  /** All nodes are well; each effect is there once, as logged, and the log is whole. */
  void areWellAndTookEffectOnce() {
    await("all nodes are well", () -> nodes.stream().allMatch(Node::isWell));
    assertThat(database.rows(EFFECTS_NOT_AS_LOGGED)).isEmpty();
    assertThat(database.rows(LOG_NOT_WHOLE)).isEmpty();
  }

  /** Waits for a condition, long enough for a busy machine. */
  static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what).atMost(SOON).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  /** The COMMIT of a local step. */
  static Predicate<WireDialogue.Said> localCommit() {
    return WireDialogue.Said.commitOf("into effect");
  }

  /** The COMMIT of what the journal writes. */
  static Predicate<WireDialogue.Said> journalCommit() {
    return WireDialogue.Said.commitOf("into \"skald\".saga_log").and(localCommit().negate());
  }

  /** A log row of a local step, with which its fence is checked. */
  static Predicate<WireDialogue.Said> localRecord() {
    return logged(said -> said.before().stream().anyMatch(one -> one.contains("into effect")));
  }

  /** Log rows of the journal, with which their fences are checked. */
  static Predicate<WireDialogue.Said> journalRecord() {
    return logged(said -> said.before().stream().noneMatch(one -> one.contains("into effect")));
  }

  private static Predicate<WireDialogue.Said> logged(Predicate<WireDialogue.Said> where) {
    return WireDialogue.Said.statement("into \"skald\".saga_log").and(where);
  }

  static Predicate<WireDialogue.Said> claim() {
    return WireDialogue.Said.statement("claimed_epoch = s.epoch + 1");
  }

  static Predicate<WireDialogue.Said> claimCommit() {
    return WireDialogue.Said.commitOf("claimed_epoch = s.epoch + 1");
  }

  static Predicate<WireDialogue.Said> startCommit() {
    return WireDialogue.Said.commitOf("into \"skald\".saga (");
  }

  static Predicate<WireDialogue.Said> heartbeat() {
    return WireDialogue.Said.statement("set heartbeat_at");
  }

  @Override
  public void close() throws IOException {
    for (Node node : nodes) {
      node.close();
    }
    direct.close();
    try (var server = TestDatabase.pool(CommonServer.url())) {
      new TestDatabase(server).execute("drop database %s with (force)".formatted(name));
    }
  }
}
