package io.skald.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.SagaDefinition;
import io.skald.saga.step.Tx;
import io.skald.store.jooq.JooqSagaStore;
import io.skald.store.jooq.Migration;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Engines in this JVM, on a schema of their own. Local steps leave their effects in a table that
 * has no key: nothing but the engine keeps one from being there twice.
 */
final class Bench implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  /** One effect for each success of a step in the log, and none besides. */
  private static final String EFFECTS_AND_LOG_DIFFER =
      """
      select coalesce(e.saga_id, l.saga_id) || ' ' || coalesce(e.step, l.step_name) || ' '
          || coalesce(e.direction, l.direction) || ': ' || coalesce(e.effects, 0) || ' effects, '
          || case when l.saga_id is null then 'no' else 'one' end || ' success'
      from (
        select saga_id, step, direction, count(*) as effects
        from %s
        group by saga_id, step, direction
      ) e
      full join (
        select *
        from %s
        where status = 'SUCCEEDED'
          and step_name like 'local%%'
      ) l on l.saga_id = e.saga_id and l.step_name = e.step and l.direction = e.direction
      where coalesce(e.effects, 0) <> 1
        or l.saga_id is null
      """;

  private final String schema = "bench_" + SCHEMAS.incrementAndGet();
  private final String url;
  private final HikariDataSource pool;
  private final TestDatabase database;
  private final List<AutoCloseable> opened = new CopyOnWriteArrayList<>();
  private final Set<String> refusals = ConcurrentHashMap.newKeySet();

  private Bench(String url) {
    this.url = url;
    this.pool = pool(config -> config.setMaximumPoolSize(4));
    this.database = new TestDatabase(pool);
  }

  /** On the server of all tests, which is to be left as it is. */
  static Bench open() {
    return on(CommonServer.url());
  }

  /** On a server of the test's own. */
  static Bench on(DatabaseServer server) {
    return on(server.url());
  }

  private static Bench on(String url) {
    var bench = new Bench(url);
    var unused = bench.store(bench.pool, Migration.AUTO);
    bench.execute("create table %s.effect (saga_id uuid, step text, direction text)");
    return bench;
  }

  /** Half a second between heartbeats: what waits for a lease to run out is quick. */
  static EngineOptions impatient() {
    return EngineOptions.defaults()
        .withPollInterval(Duration.ofMillis(50))
        .withLease(Duration.ofSeconds(3), Duration.ofMillis(500))
        .withShutdownTimeout(Duration.ofSeconds(5));
  }

  /** A pool of the superuser's, closed with this. */
  HikariDataSource pool(Consumer<HikariConfig> settings) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(12);
    config.setMinimumIdle(0);
    // a pool does not fail at once because the server is down
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(1_000);
    settings.accept(config);
    var made = new HikariDataSource(config);
    opened.addFirst(made);
    return made;
  }

  private JooqSagaStore store(DataSource source, Migration migration) {
    return JooqSagaStore.builder(source).schema(schema).migration(migration).build();
  }

  /** The address for a role of this bench's own, which is no superuser and has these settings. */
  String roleWith(String... settings) {
    String role = schema + "_role";
    execute("create role " + role + " login");
    for (String setting : settings) {
      execute("alter role " + role + " set " + setting);
    }
    execute("grant all on schema %s to " + role);
    execute("grant all on all tables in schema %s to " + role);
    return url.replace("user=postgres", "user=" + role);
  }

  /** An engine on a pool of its own, not open yet, closed with this. */
  SagaEngine built(UnaryOperator<SagaEngine.Builder> settings, SagaDefinition<?, ?>... sagas) {
    return built(pool(config -> {}), settings, sagas);
  }

  SagaEngine built(
      DataSource source, UnaryOperator<SagaEngine.Builder> settings, SagaDefinition<?, ?>... all) {
    SagaEngine.Builder builder =
        SagaEngine.builder(store(source, Migration.NONE)).options(impatient());
    for (SagaDefinition<?, ?> saga : all) {
      builder.define(saga);
    }
    SagaEngine engine = settings.apply(builder).build();
    opened.addFirst(engine);
    return engine;
  }

  SagaEngine open(SagaDefinition<?, ?>... sagas) {
    SagaEngine engine = built(builder -> builder, sagas);
    engine.open();
    return engine;
  }

  /** What a local step leaves behind. */
  void effect(Tx tx, String step, String direction) throws SQLException {
    try (PreparedStatement insert =
        tx.connection()
            .prepareStatement("insert into %s.effect values (?, ?, ?)".formatted(schema))) {
      insert.setObject(1, tx.sagaId().value());
      insert.setString(2, step);
      insert.setString(3, direction);
      insert.executeUpdate();
    } catch (SQLException e) {
      refusals.add(String.valueOf(e.getSQLState()));
      throw e;
    }
  }

  /** The SQLSTATEs that local steps were answered. */
  Set<String> refusals() {
    return Set.copyOf(refusals);
  }

  /** Runs statements; {@code %s} stands for the schema. */
  void execute(String sql) {
    try (Connection connection = pool.getConnection()) {
      execute(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Runs statements on a connection; {@code %s} stands for the schema. */
  void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", schema));
    }
  }

  /** A connection of the superuser's, to be closed. */
  Connection connection() throws SQLException {
    return pool.getConnection();
  }

  /** The rows of a query; {@code %s} stands for the schema. */
  List<List<String>> rows(String sql) {
    return database.rows(sql.replace("%s", schema));
  }

  /** The number a query answers; {@code %s} stands for the schema. */
  long count(String sql) {
    return database.count(sql.replace("%s", schema));
  }

  long completed() {
    return count("select count(*) from %s.saga where status = 'COMPLETED'");
  }

  /** Where effects and log differ; empty if nothing is lost and nothing done twice. */
  List<String> differences() {
    return rows(differencesIn("%s.effect", "%s.saga_log")).stream().map(List::getFirst).toList();
  }

  /** The query for where the effects in a table differ from a log. */
  static String differencesIn(String effects, String log) {
    return EFFECTS_AND_LOG_DIFFER.formatted(effects, log);
  }

  /** Where the server is, for another process. */
  String url() {
    return url;
  }

  String schema() {
    return schema;
  }

  long unfinished() {
    return count("select count(*) from %s.saga where status in ('RUNNING', 'COMPENSATING')");
  }

  void awaitRest() {
    await("every saga ends or is stuck").until(() -> unfinished() == 0);
  }

  static void awaitUp(SagaEngine engine) {
    await("the engine is well").until(() -> engine.health() instanceof EngineHealth.Up);
  }

  static void awaitDown(SagaEngine engine) {
    await("the engine says that it is not well")
        .until(() -> engine.health() instanceof EngineHealth.Down);
  }

  static ConditionFactory await(String what) {
    return Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions();
  }

  @Override
  public void close() {
    for (AutoCloseable one : opened) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
