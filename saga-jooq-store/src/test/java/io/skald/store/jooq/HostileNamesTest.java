package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.participant.Receipt;
import io.skald.saga.view.SagaQuery;
import io.skald.store.jooq.SecretSagas.Secret;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Somebody else's tables and functions of the same names, in front on the search path, and
 * temporary tables, which come before everything: what Skald sends means its own.
 */
class HostileNamesTest {
  private static final String FUNCTION =
      """
      create function hostile_%s.%s returns %s language plpgsql
        as $$ begin raise exception 'hostile'; end $$;
      """;

  private final TestDatabase database = TestDatabase.migrated();
  private final HikariDataSource pool =
      TestDatabase.pool(config -> config.setConnectionInitSql(init()));

  @AfterEach
  void drop() {
    pool.close();
    database.execute("drop schema hostile_%s cascade");
    database.close();
  }

  private String init() {
    StringBuilder init = new StringBuilder("set search_path = hostile_" + database.schema());
    for (Tables.Declared table : Tables.of(database.schema()).all()) {
      init.append("; create temp table ").append(table.table().getName()).append(" (hostile text)");
    }
    return init.toString();
  }

  private void prepare() {
    database.execute("create schema hostile_%s");
    for (Tables.Declared table : Tables.of(database.schema()).all()) {
      database.execute("create table hostile_%s." + table.table().getName() + " (hostile text)");
    }
    // of the same types, and of types that would be the better match
    List.of(
            "clock_timestamp() timestamptz",
            "gen_random_uuid() uuid",
            "jsonb_object(text[]) jsonb",
            "split_part(text,text,integer) text",
            "pg_advisory_xact_lock(bigint) void",
            "hashtextextended(text,integer) bigint",
            "hashtextextended(text,bigint) bigint",
            "unnest(text[]) text",
            "unnest(uuid[]) uuid",
            "unnest(bigint[]) bigint",
            "unnest(integer[]) integer",
            "count(text) bigint",
            "max(timestamptz) timestamptz",
            "jsonb_build_object(text,text) jsonb",
            "regexp_replace(text,text,text) text",
            "convert_to(text,text) bytea",
            "sha256(bytea) bytea",
            "encode(bytea,text) text",
            "substr(text,integer,integer) text",
            "chr(integer) text")
        .forEach(this::function);
  }

  private void function(String signature) {
    String name = signature.substring(0, signature.indexOf(' '));
    String type = signature.substring(signature.indexOf(' ') + 1);
    database.execute(FUNCTION.formatted(database.schema(), name, type));
  }

  @Test
  void areNeitherReadNorCalled() throws Exception {
    prepare();
    var sagas = new SecretSagas(database);
    var saga = sagas.everything();
    var stuck = sagas.stuckAfterThePivot();
    JooqSagaStore store =
        JooqSagaStore.builder(pool).schema(database.schema()).migration(Migration.VALIDATE).build();
    try (SagaEngine engine =
        SagaEngine.builder(store)
            .options(EngineFixture.impatient())
            .define(saga)
            .define(sagas.child())
            .define(stuck)
            .build()) {
      engine.open();
      SagaHandle<Secret> handle = engine.start(saga, Secret.of("o1"));
      sagas.complete(engine, handle);
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
      SagaHandle<Done> second = engine.start(stuck, Secret.of("o2"));
      assertThat(second.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
      engine.operator().resolve(second.id(), "olga", "done by hand");
      assertThat(second.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Resolved.class);
    }

    SagaQuery failed = SagaQuery.all().errorFingerprint("0123456789ab").standsAt("pay");
    assertThat(store.search(failed.attribute("customer", "c1")).sagas()).isEmpty();
    assertThat(viewed("saga_v1")).isPositive();
    assertThat(viewed("saga_step_v1")).isPositive();
    assertThat(Fixtures.purged(store, Duration.ZERO, 10)).isPositive();
    assertThat(store.orphanedDefinitions()).isEmpty();
  }

  private int viewed(String view) throws SQLException {
    String sql = "select error_fingerprint from %s.%s".formatted(database.schema(), view);
    int rows = 0;
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      while (found.next()) {
        rows++;
      }
    }
    return rows;
  }

  @Test
  void areNoInboxesEither() {
    prepare();
    JooqInbox inbox =
        JooqInbox.builder(pool).schema(database.schema()).migration(Migration.VALIDATE).build();

    assertThat(inbox.once(InboxFixture.M1, tx -> {})).isEqualTo(Receipt.HANDLED);
    assertThat(inbox.once(InboxFixture.M1, tx -> {})).isEqualTo(Receipt.DUPLICATE);
    assertThat(inbox.once(InboxFixture.OTHER_M1, tx -> {})).isEqualTo(Receipt.CONFLICT);
    database.execute("update %s.saga_inbox set received_at = now() - interval '8 days'");
    assertThat(inbox.purge()).isOne();
  }

  /** A migration makes its tables where it says, whatever is in front. */
  @Test
  void areNotWhatAMigrationFinds() {
    prepare();
    String fresh = "fresh_" + database.schema();
    try {
      new SkaldSchema(pool, fresh).migrate();

      assertThat(
              database.value("select count(*) from pg_tables where schemaname = '" + fresh + "'"))
          .isEqualTo(String.valueOf(Tables.of(fresh).all().size()));
    } finally {
      database.execute("drop schema if exists " + fresh + " cascade");
    }
  }
}
