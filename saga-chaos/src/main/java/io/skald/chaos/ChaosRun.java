package io.skald.chaos;

import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A run: nodes, a server and a participant are broken as planned while sagas run; then all is
 * healed, everything comes to rest, and the invariants are checked.
 */
final class ChaosRun {
  private static final Duration REST_WITHIN = Duration.ofMinutes(2);
  private static final Duration POISON_EVERY = Duration.ofMinutes(3);
  private static final int REPAIRS_MAX = 10;
  private static final Map<String, String> SERVER =
      Map.of("max_wal_size", "256MB", "idle_in_transaction_session_timeout", "30s");

  /** A row of errands that is not due for long is nobody's. */
  private static final String AT_WORK =
      """
      select
        (select count(*) from skald.saga where status in ('RUNNING', 'COMPENSATING'))
        + (select count(*) from errand)
        + (select count(*) from skald.saga_signal where routed_at is null)
      """;

  private static final String ENDS =
      """
      select definition, status, count(*)
      from skald.saga
      group by definition, status
      order by definition, status
      """;

  /** What shows that all of it was tried. */
  private static final String HAPPENED =
      """
      select 'signals taken', count(*)
      from skald.saga_signal
      where name = 'approved' and consumed_at is not null
      union all
      select 'signals that came too early or too late for any wait', count(*)
      from skald.saga_signal
      where name = 'approved' and consumed_at is null
      union all
      select 'waits without a signal', count(*)
      from skald.saga_log
      where step_name = 'approval' and payload = '"nobody"'
      union all
      select 'completions by token accepted', count(*)
      from completed
      where accepted
      union all
      select 'completions by token that came second or too late', count(*)
      from completed
      where not accepted
      union all
      select 'cancels accepted', count(*)
      from skald.saga_audit
      where action = 'cancel'
      union all
      select 'steps whose outcome stayed unknown', count(*)
      from skald.saga_log
      where status = 'UNKNOWN'
      union all
      select 'starts repeated', count(*) - count(distinct (definition, business_key))
      from ordered
      """;

  private final ChaosOptions options;
  private final Random random;
  private final List<Incident> incidents = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private long repairs;
  private final AtomicLong commitsInDoubt = new AtomicLong();

  ChaosRun(ChaosOptions options) {
    this.options = options;
    this.random = new Random(options.seed());
  }

  ChaosResult run() throws IOException, InterruptedException {
    Instant begun = Instant.now();
    try (DatabaseServer server = DatabaseServer.start(SERVER);
        ChaosDatabase database = new ChaosDatabase(server.url());
        RemoteLedger ledger =
            new RemoteLedger(new Courier(database, random.nextLong()), random.nextLong());
        NodeLog log = new NodeLog(options.logs());
        Cluster cluster = new Cluster(setting(server, ledger.port()), database, log)) {
      JooqSagaStore.builder(database.pool()).build();
      database.prepare();
      cluster.open();
      var scene = new Scene(cluster, server, database, commitsInDoubt);
      scene.awaitMembers();
      breakThings(scene, log);
      ledger.calm();
      database.stopStarting();
      awaitRest(database);
      return check(begun, scene, ledger);
    } catch (SQLException e) {
      throw new IllegalStateException("seed " + options.seed(), e);
    }
  }

  private Cluster.Setting setting(DatabaseServer server, int port) {
    return new Cluster.Setting(server, port, options.startsPerSecond(), random.nextLong());
  }

  private void breakThings(Scene scene, NodeLog log) throws InterruptedException, SQLException {
    var plan = new FaultPlan(random.nextLong());
    long begun = System.nanoTime();
    long poisoned = 0;
    while (!plan.isFirstDeckOver() || System.nanoTime() - begun < options.duration().toNanos()) {
      if (poisoned == 0 || System.nanoTime() - poisoned > POISON_EVERY.toNanos()) {
        poison(scene.database());
        poisoned = System.nanoTime();
      }
      strike(plan.next(), scene, log);
      Scene.pause(200 + random.nextInt(600));
    }
  }

  private void poison(ChaosDatabase database) throws SQLException {
    var order = new Order("poison-" + incidents.size(), 0, 1);
    database.inTransaction(
        connection -> Errands.add(connection, Errands.Kind.START, "poison", order, 0));
  }

  /** Strikes with all of an episode, and waits until it is over. */
  private void strike(List<FaultPlan.Planned> episode, Scene scene, NodeLog log)
      throws InterruptedException {
    var under = new ArrayList<CompletableFuture<Void>>();
    for (FaultPlan.Planned planned : episode) {
      Executor later =
          CompletableFuture.delayedExecutor(
              planned.after().toMillis(), TimeUnit.MILLISECONDS, Thread::startVirtualThread);
      under.add(CompletableFuture.runAsync(() -> strike(planned.fault(), scene, log), later));
    }
    under.forEach(CompletableFuture::join);
    if (episode.stream().anyMatch(planned -> planned.fault().kind() == Fault.Kind.KILL)) {
      Scene.pause(Takeovers.PROMISE.toMillis());
    }
  }

  private void strike(Fault fault, Scene scene, NodeLog log) {
    Instant from = Instant.now();
    int hits = 0;
    try {
      log.write("harness", "begins: " + fault);
      hits = fault.strike(scene);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      note("the harness failed at %s: %s".formatted(fault, e));
    }
    log.write("harness", "over, %d hit: %s".formatted(hits, fault));
    note(new Incident(fault.kind(), from, Instant.now(), hits));
  }

  private synchronized void note(Incident incident) {
    incidents.add(incident);
  }

  private synchronized void note(String violation) {
    violations.add(violation);
  }

  private void awaitRest(ChaosDatabase database) throws InterruptedException, SQLException {
    int repaired = 1;
    for (int round = 0; repaired > 0 && round < REPAIRS_MAX; round++) {
      long end = System.nanoTime() + REST_WITHIN.toNanos();
      while (database.count(AT_WORK) > 0 && System.nanoTime() < end) {
        Scene.pause(200);
      }
      repaired = Repairs.make(database);
      repairs += repaired;
    }
  }

  private synchronized ChaosResult check(Instant begun, Scene scene, RemoteLedger ledger)
      throws SQLException {
    ChaosDatabase database = scene.database();
    List<Cluster.Death> deaths = scene.cluster().deaths();
    violations.addAll(new ChaosCheck(database, ledger).violations());
    deaths.stream()
        .filter(Cluster.Death::isUnknown)
        .forEach(death -> violations.add("I18 a node ended by itself: " + death));
    Takeovers takeovers = Takeovers.of(database, scene.cluster().circumstances(incidents));
    violations.addAll(takeovers.violations());
    var facts = new TreeMap<>(scene.cluster().news());
    facts.put("commits-in-doubt", commitsInDoubt.get());
    facts.put("repairs", repairs);
    facts.put("requests", (long) ledger.requests().size());
    return new ChaosResult(
        begun,
        Duration.between(begun, Instant.now()),
        database.rows("show server_version").getFirst().getFirst(),
        List.copyOf(incidents),
        deaths,
        takeovers,
        database.rows(ENDS),
        database.rows(HAPPENED),
        facts,
        List.copyOf(violations));
  }
}
