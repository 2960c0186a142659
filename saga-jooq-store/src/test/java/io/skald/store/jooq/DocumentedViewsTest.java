package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.ErrorFingerprint;
import io.skald.saga.SagaEnd;
import io.skald.store.jooq.SecretSagas.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/schema.md says of the views that others build on. */
class DocumentedViewsTest {
  private static final Pattern COLUMN = Pattern.compile("\\| `(\\w+)` \\| `(\\w+)` \\|");
  private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?)```");

  private final EngineFixture fixture = new EngineFixture();
  private final TestDatabase database = fixture.database;
  private final String role = "reports_" + database.schema();

  @AfterEach
  void close() {
    database.execute(
        """
        do $$ begin
          if exists (select from pg_roles where rolname = '%s') then
            drop owned by %s;
            drop role %s;
          end if;
        end $$
        """
            .replace("%s", role));
    fixture.close();
  }

  private static String section() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "schema.md"));
    int from = page.indexOf("## saga_v1, saga_step_v1 and saga_lock_v1");
    return page.substring(from, page.indexOf("\n## ", from + 1));
  }

  /** The block of SQL of that number, from 0, for this schema and role. */
  private String documented(int block) throws IOException {
    Matcher found = SQL.matcher(section());
    for (int i = 0; i <= block; i++) {
      assertThat(found.find()).isTrue();
    }
    return found
        .group(1)
        .replace("skald.", database.schema() + ".")
        .replace("schema skald", "schema " + database.schema())
        .replace("orders_reports", role);
  }

  @ParameterizedTest
  @ValueSource(strings = {"saga_v1", "saga_step_v1", "saga_lock_v1"})
  void haveTheDocumentedColumns(String view) throws Exception {
    String text = section();
    String table = text.substring(text.indexOf("\n" + view + ", a row for"));
    Map<String, String> documented = new LinkedHashMap<>();
    COLUMN
        .matcher(table.substring(0, table.indexOf("\n\n", table.indexOf("|---"))))
        .results()
        .forEach(column -> documented.put(column.group(1), column.group(2)));

    assertThat(documented).hasSizeGreaterThan(7);
    assertThat(columns(view)).containsExactlyEntriesOf(documented);
  }

  private Map<String, String> columns(String view) throws SQLException {
    Map<String, String> columns = new LinkedHashMap<>();
    try (Connection connection = database.pool().getConnection();
        ResultSet rows = connection.getMetaData().getColumns(null, database.schema(), view, null)) {
      while (rows.next()) {
        columns.put(rows.getString("COLUMN_NAME"), rows.getString("TYPE_NAME"));
      }
    }
    return columns;
  }

  @Test
  void aRoleThatMayReadThemReadsNothingElse() throws Exception {
    database.execute(documented(0));
    try (HikariDataSource pool =
            TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url(role)));
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String view : new String[] {"saga_v1", "saga_step_v1", "saga_lock_v1"}) {
        assertThat(statement.execute("select * from " + database.schema() + "." + view)).isTrue();
      }
      assertThat(statement.execute(documented(1))).isTrue();
      for (Tables.Declared table : Tables.of(database.schema()).all()) {
        String name = table.table().getName();
        assertThatThrownBy(
                () -> statement.execute("select * from " + database.schema() + "." + name))
            .hasMessageContaining("permission denied for table " + name);
      }
    }
  }

  @Test
  void holdNoPayloadNoSecretAndNothingThatWasSaid() throws Exception {
    var sagas = new SecretSagas(database);
    var saga = sagas.stuckAfterThePivot();
    SagaEngine engine = fixture.open(saga);
    var handle = engine.start(saga, Secret.of("o1"));
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    database.execute("update %s.saga set attributes = null");
    database.execute("update %s.saga_log set error = 'Down: ' || 'CANARY'");
    database.execute(
        "update %s.saga set error = 'no use; Down: ' || 'CANARY', error_step = 'e/1/s'");

    String all =
        database.value("select string_agg(v::text, ' ') from %s.saga_v1 v")
            + database.value("select string_agg(v::text, ' ') from %s.saga_step_v1 v");
    assertThat(all).contains("STUCK", "no use; Down").doesNotContain("CANARY", SecretSagas.CANARY);
    assertThat(all).doesNotContain(database.value("select token_key from %s.saga"));
    assertThat(database.value("select error_fingerprint from %s.saga_v1"))
        .isEqualTo(ErrorFingerprint.of("s", "no use; Down"));
    assertThat(
            database.value(
                "select bool_and(error_fingerprint is not null and error_kind = 'Down') "
                    + "from %s.saga_step_v1"))
        .isEqualTo("t");
    assertThat(database.value("select step || ' ' || error_fingerprint from %s.saga_step_v1"))
        .matches(
            found -> {
              String[] parts = found.split(" ");
              return ErrorFingerprint.of(parts[0], "Down: x").equals(parts[1]);
            });
  }

  @Test
  void sayNothingOfAnOperatorsWords() {
    Fixtures.started(database.store(), Fixtures.joined(database.store()));
    database.execute("update %s.saga set error = 'Bob: called', error_actor = 'olga'");

    assertThat(database.value("select error_kind from %s.saga_v1")).isEqualTo("null");
    assertThat(database.value("select error_fingerprint from %s.saga_v1")).isEqualTo("null");
  }

  @Test
  void aConditionGoesToTheIndexOfTheTable() throws Exception {
    EndedSagas.fill(database);
    database.execute("vacuum analyze %s.saga");
    database.execute("create table %s.orders (number text primary key)");
    database.execute("insert into %s.orders select 'k' || n from generate_series(1, 20) n");
    database.execute("analyze %s.orders");

    assertThat(
            plan(
                """
                select o.number, v.status, l.step
                from %1$s.orders o
                join %1$s.saga_v1 v on v.business_key = o.number and v.definition = 'place-order'
                join %1$s.saga_step_v1 l on l.saga_id = v.id
                """))
        .contains("saga_business_key_definition_idx", "saga_log_pkey")
        .doesNotContain("Seq Scan on saga");
    assertThat(plan("select * from %s.saga_v1 where status = 'STUCK' and finished_at is null"))
        .contains("saga_owner_wake_at_idx");
  }

  private String plan(String sql) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("explain (costs off) " + sql.formatted(database.schema()))) {
      while (rows.next()) {
        plan.append(rows.getString(1)).append('\n');
      }
    }
    return plan.toString();
  }
}
