package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The schema of every version, with sagas in it, becomes that of the last one, and they go on. */
@Timeout(60)
class SchemaUpgradesTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final Duration LONG = Duration.ofDays(1);

  /** All there is but comments and schemas' names: the same text is the same schema. */
  private static final String CATALOGUE =
      """
      select string_agg(line, E'\\n' order by line)
      from (
        select 'column ' || concat_ws(' ', table_name, column_name, data_type, collation_name,
          is_nullable, column_default, is_generated) as line
        from information_schema.columns
        where table_schema = '%s'
        union all
        select 'index ' || replace(indexdef, '%s.', '')
        from pg_indexes
        where schemaname = '%s'
        union all
        select 'view ' || viewname || ' ' || replace(definition, '%s.', '')
        from pg_views
        where schemaname = '%s'
      ) lines
      """;

  /** The columns that an insert which does not know of them cannot leave out. */
  private static final String DEMANDED =
      """
      select string_agg(table_name || '.' || column_name, ' ' order by table_name, column_name)
      from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = '%s'
        and t.table_type = 'BASE TABLE'
        and c.is_nullable = 'NO'
        and c.column_default is null
        and c.is_identity = 'NO'
        and table_name in (TABLES)
      """;

  private final TestDatabase current = TestDatabase.migrated();
  private final TestDatabase old = TestDatabase.empty();
  private final List<String> did = new CopyOnWriteArrayList<>();
  private final List<SagaEngine> engines = new ArrayList<>();
  private volatile boolean isUp;

  private final SagaDefinition<String, Done> waiting =
      Saga.define("waiting", String.class)
          .key(key -> key)
          .step(local("a"))
          .step(Step.await("go", GO).within(LONG).orCompensate())
          .step(local("b"))
          .build();

  private final SagaDefinition<String, Done> goingBack =
      Saga.define("going-back", String.class)
          .key(key -> key)
          .step(
              Step.named("c", String.class)
                  .remote((in, call) -> did.add(in + " c"))
                  .compensation(
                      (in, done, call) -> {
                        if (!isUp) {
                          throw new IOException("not yet");
                        }
                        did.add(in + " c is undone");
                      })
                  .compensationRetry(Retry.exponential(Duration.ofMillis(200))))
          .step(Step.await("go", GO).within(LONG).orCompensate())
          .build();

  @AfterEach
  void close() {
    engines.forEach(SagaEngine::close);
    current.close();
    old.close();
  }

  private CompensatableStep<String, Done> local(String name) {
    return Step.named(name, String.class)
        .local((in, tx) -> did.add(in + " " + name))
        .needsNoCompensation();
  }

  private SagaEngine open(TestDatabase database) {
    SagaEngine engine =
        SagaEngine.builder(database.store())
            .options(EngineFixture.impatient())
            .define(waiting)
            .define(goingBack)
            .build();
    engine.open();
    engines.add(engine);
    return engine;
  }

  private SkaldSchema schema() {
    return new SkaldSchema(old.pool(), old.schema());
  }

  static Stream<List<String>> eachVersion() {
    return IntStream.rangeClosed(1, SkaldSchema.VERSIONS.size())
        .mapToObj(count -> SkaldSchema.VERSIONS.subList(0, count));
  }

  @ParameterizedTest
  @MethodSource("eachVersion")
  void sagasOfEveryVersionOfTheSchemaGoOnInThatOfTheLast(List<String> versions) throws Exception {
    SagaEngine before = open(current);
    SagaHandle<Done> toWait = before.start(waiting, "w");
    SagaHandle<Done> toGoBack = before.start(goingBack, "g");
    SagaId ended = before.start(waiting, "e").id();
    before.signal(waiting, "e", GO, "on");
    awaitStatus(before, ended, SagaStatus.COMPLETED);
    TestDatabase.await(() -> did.contains("g c") && did.contains("w a"));
    before.operator().cancel(toGoBack.id(), "olga", "not needed");
    awaitStatus(before, toGoBack.id(), SagaStatus.COMPENSATING);
    before.close();
    old.execute(SkaldSchema.ddl(old.schema(), versions));
    List.of("saga", "saga_log", "saga_audit").forEach(this::copy);
    schema().migrate();
    SagaEngine after = open(old);
    isUp = true;
    after.signal(waiting, "w", GO, "on");

    assertThat(end(after, waiting, "w")).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(after, goingBack, "g")).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(after.view(ended).orElseThrow().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(toWait.id()).isEqualTo(after.find(waiting, "w").orElseThrow().id());
    assertThat(did).containsExactlyInAnyOrder("e a", "e b", "w a", "g c", "w b", "g c is undone");
    assertSameAsFresh();
  }

  private static void awaitStatus(SagaEngine engine, SagaId id, SagaStatus status) {
    TestDatabase.await(() -> engine.view(id).orElseThrow().status() == status);
  }

  private SagaEnd<Done> end(SagaEngine engine, SagaDefinition<String, Done> saga, String key)
      throws Exception {
    return engine.find(saga, key).orElseThrow().await(EngineFixture.SOON);
  }

  /** What the old table has columns for. */
  private void copy(String table) {
    String columns =
        old.value(
            """
            select string_agg(quote_ident(column_name), ', ')
            from information_schema.columns
            where table_schema = '%s'
              and table_name = 'TABLE'
              and is_generated = 'NEVER'
            """
                .replace("TABLE", table));
    old.execute(
        "insert into %s.TABLE (COLUMNS) overriding system value select COLUMNS from CURRENT.TABLE"
            .replace("TABLE", table)
            .replace("COLUMNS", columns)
            .replace("CURRENT", current.schema()));
  }

  private void assertSameAsFresh() {
    current.execute("drop table %s.business");
    assertThat(catalogueOf(old)).isEqualTo(catalogueOf(current));
  }

  private static String catalogueOf(TestDatabase database) {
    return database.value(CATALOGUE).replace('"' + database.schema() + '"', "");
  }

  /**
   * Nodes of the version before run beside the migrated schema, and know nothing of its columns.
   */
  @ParameterizedTest
  @MethodSource("eachVersion")
  void whatWritesOfAVersionLeaveOutHasADefaultInTheNext(List<String> versions) {
    old.execute(SkaldSchema.ddl(old.schema(), versions));
    String tables =
        old.value(
            """
            select string_agg(quote_literal(table_name), ', ')
            from information_schema.tables
            where table_schema = '%s'
              and table_type = 'BASE TABLE'
            """);
    String demanded = old.value(DEMANDED.replace("TABLES", tables));
    List<String> columns = columns();
    schema().migrate();

    assertThat(old.value(DEMANDED.replace("TABLES", tables))).isEqualTo(demanded);
    assertThat(columns()).containsAll(columns);
  }

  private List<String> columns() {
    return old.value(
            """
            select string_agg(concat_ws(' ', table_name, column_name, data_type), E'\\n')
            from information_schema.columns
            where table_schema = '%s'
            """)
        .lines()
        .toList();
  }

  /** As a build does before a deployment: the tables are those of the version that is deployed. */
  @ParameterizedTest
  @MethodSource("eachVersion")
  void theGateReadsTheTablesOfEveryVersionAndMigratesNone(List<String> versions) {
    SagaEngine before = open(current);
    var unused = before.start(waiting, "w");
    TestDatabase.await(() -> did.contains("w a"));
    before.close();
    old.execute(SkaldSchema.ddl(old.schema(), versions));
    List.of("saga", "saga_log").forEach(this::copy);
    String role = "gate_" + old.schema();
    old.execute("create role " + role + " login");
    old.execute("grant usage on schema %s to " + role);
    old.execute("grant select on all tables in schema %s to " + role);
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url(role)))) {
      SagaStore store =
          JooqSagaStore.builder(pool).schema(old.schema()).migration(Migration.NONE).build();
      SagaEngine gate = SagaEngine.builder(store).define(goingBack).build();

      assertThat(gate.versions().check().findings()).hasSize(1);
      assertThat(gate.versions().census().toString()).contains("waiting");
    } finally {
      old.execute("drop owned by " + role);
      old.execute("drop role " + role);
    }
    assertThat(old.count("schema_version")).isEqualTo(versions.size());
  }

  /** What the page says that one does beforehand where there are millions of sagas. */
  @Test
  void whatWasMadeBeforehandByThePageIsFoundByTheMigration() throws Exception {
    old.execute(SkaldSchema.ddl(old.schema(), SkaldSchema.VERSIONS.subList(0, 1)));
    old.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, wake_at,
          input, input_digest, cancel_requested_at)
        values (gen_random_uuid(), 'order', 1, 'f', 'k', 'RUNNING', now(), '{}', 'd', now())
        """);
    try (Connection connection = old.pool().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : beforehand()) {
        statement.execute(sql.replace("skald.", old.schema() + "."));
      }
    }
    assertThat(old.value("select urgent from %s.saga")).isEqualTo("t");
    schema().migrate();

    assertSameAsFresh();
  }

  private static List<String> beforehand() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "schema.md"));
    int begin = page.indexOf("create index concurrently saga_attributes_idx");
    String block = page.substring(begin, page.indexOf("```", begin));
    List<String> statements =
        Stream.of(block.replaceAll("--.*", "").split(";")).filter(sql -> !sql.isBlank()).toList();
    assertThat(statements).hasSize(6);
    return statements;
  }
}
