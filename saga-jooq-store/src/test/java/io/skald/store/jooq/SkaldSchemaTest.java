package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkaldSchemaTest {
  private final TestDatabase database = TestDatabase.empty();

  @AfterEach
  void drop() {
    database.close();
  }

  private SkaldSchema schema() {
    return new SkaldSchema(database.pool(), database.schema());
  }

  @Test
  void migratesAnEmptyDatabaseOnce() {
    schema().migrate();
    schema().migrate();

    assertThat(database.count("schema_version")).isEqualTo(SkaldSchema.VERSIONS.size());
    assertThat(database.count("saga")).isZero();
  }

  @Test
  void nodesThatStartAtOnceMigrateOnce() throws Exception {
    CyclicBarrier together = new CyclicBarrier(4);
    List<Future<?>> nodes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        nodes.add(threads.submit(() -> migrateTogether(together)));
      }
    }
    for (Future<?> node : nodes) {
      node.get();
    }
    assertThat(database.count("schema_version")).isEqualTo(SkaldSchema.VERSIONS.size());
  }

  private Void migrateTogether(CyclicBarrier together) throws Exception {
    together.await();
    schema().migrate();
    return null;
  }

  /** Else an update of the operating system may leave an index that finds no row by its key. */
  @Test
  void noIndexDependsOnACollationOfTheOperatingSystem() {
    schema().migrate();

    assertThat(
            database.value(
                """
                select string_agg(distinct t.relname, ', ')
                from pg_index i
                join pg_class t on t.oid = i.indrelid
                join pg_namespace n on n.oid = t.relnamespace
                cross join unnest(i.indcollation) as k (id)
                join pg_collation c on c.oid = k.id
                where n.nspname = '%s'
                  and c.collname <> 'C'
                """))
        .isEqualTo("null");
  }

  @Test
  void validationNamesTheMissingSql() {
    assertThatThrownBy(() -> schema().validate())
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("V001__sagas")
        .hasMessageContaining("create table \"" + database.schema() + "\".saga (");
    schema().migrate();
    assertThatCode(() -> schema().validate()).doesNotThrowAnyException();
  }

  @Test
  void theSqlOfValidationIsWhatMigrationApplies() {
    database.execute(SkaldSchema.ddl(database.schema()));

    assertThatCode(() -> schema().validate()).doesNotThrowAnyException();
    assertThatCode(() -> schema().migrate()).doesNotThrowAnyException();
  }

  @Test
  void whatIsOnItsWayBackIsUrgentOnceThereAreLanes() {
    schema().migrate();
    database.execute("alter table %s.saga drop column urgent");
    database.execute("delete from %s.schema_version where version = 'V005__lanes'");
    database.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, wake_at,
          input, input_digest, turned_around_at, cancel_requested_at, finished_at)
        select gen_random_uuid(), 'order', 1, 'f', o.key, o.status, o.wake_at,
          '{}', 'd', o.turned_around_at, o.cancel_requested_at, o.finished_at
        from (values
          ('back', 'COMPENSATING', now(), now(), null, null),
          ('cancelled', 'RUNNING', now(), null, now(), null),
          ('ended', 'COMPENSATED', null, now(), now(), now()),
          ('on', 'RUNNING', now(), null, null, null)
        ) as o (key, status, wake_at, turned_around_at, cancel_requested_at, finished_at)
        """);
    schema().migrate();

    assertThat(
            database.value(
                "select string_agg(business_key, ' ' order by business_key) from %s.saga where"
                    + " urgent"))
        .isEqualTo("back cancelled");
  }

  @Test
  void storeIsBuiltByRoleWithoutDdl() {
    schema().migrate();
    String role = "runtime_" + database.schema();
    database.execute("create role " + role + " login");
    database.execute("grant usage on schema %s to " + role);
    database.execute("grant select, insert, update, delete on all tables in schema %s to " + role);
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url(role)))) {
      for (Migration migration : Migration.values()) {
        JooqSagaStore store =
            JooqSagaStore.builder(pool).schema(database.schema()).migration(migration).build();
        assertThat(store.heartbeat(Fixtures.joined(store))).isTrue();
      }
    } finally {
      database.execute("drop owned by " + role);
      database.execute("drop role " + role);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Skald", "a-b", "a\"b", "1a", "pg_skald", "a;drop"})
  void refusesNamesThatAreNoPlainIdentifiers(String name) {
    assertThatThrownBy(() -> SkaldSchema.ddl(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("schema: ");
  }
}
