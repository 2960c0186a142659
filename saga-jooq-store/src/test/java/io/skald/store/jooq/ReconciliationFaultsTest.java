package io.skald.store.jooq;

import static io.skald.store.jooq.ReconciliationFixture.NAME;
import static io.skald.store.jooq.ReconciliationFixture.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.spi.Fence;
import io.skald.saga.error.SagaStoreException;
import io.skald.store.jooq.Violation.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries that fail, take long, or would write, and what that leaves alone. */
class ReconciliationFaultsTest {
  private static final String OTHER = "zz-other";

  private final ReconciliationFixture fixture = new ReconciliationFixture();
  private final TestDatabase database = fixture.database;

  @AfterEach
  void close() {
    fixture.close();
  }

  private Reconciliation asking(String query) {
    return fixture.node(fixture.invariant(NAME, query), other());
  }

  private Invariant other() {
    return fixture.invariant(OTHER, "select id as business_key from SCHEMA.orders");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select nonsense | refused (42703): column \"nonsense\" does not exist",
        "selec 1 | refused (42601): syntax error at or near \"1\"",
        "select 'o1' as order_id | refused (42703): column v.business_key does not exist",
        "select 1 as business_key; select 2 | refused (42601): syntax error at or near \";\"",
        "select null as business_key union all select 'o1' | a row without a business_key",
        "select repeat('x', 256) as business_key | a business_key of more than 255 characters",
        "select 'sesame'::integer as business_key | refused (22P02)",
        "select (1 / 0) as business_key | refused (22012)",
        "select 'o1' as business_key from SCHEMA.gone | refused (42P01): relation",
      })
  void aCheckThatFailsSaysWhyAndLeavesTheOthersAndWhatIsKnownAlone(String query, String error) {
    fixture.pay("o1");
    fixture.order("o9");
    fixture.check(fixture.node(fixture.hasOrder()));
    fixture.check(fixture.node(fixture.hasOrder()));

    Reconciliation failing = asking(query);
    fixture.check(failing);

    assertThat(report(failing, NAME))
        .satisfies(report -> assertThat(report.error().orElseThrow()).startsWith(error.strip()))
        .matches(
            report -> report.failedAt().orElseThrow().isAfter(report.checkedAt().orElseThrow()))
        .matches(report -> report.dueAt().isAfter(report.readAt().plus(Duration.ofMinutes(59))))
        .returns(1, InvariantReport::confirmed);
    assertThat(report(failing, OTHER))
        .returns(1, InvariantReport::seenOnce)
        .matches(report -> report.error().isEmpty());

    fixture.check(fixture.node(fixture.hasOrder()));
    assertThat(report(failing, NAME)).matches(report -> report.error().isEmpty());
  }

  @Test
  void anErrorThatQuotesARowIsNotKept() {
    fixture.pay("sesame");
    Reconciliation failing = asking("select order_id::integer as business_key from SCHEMA.payment");
    fixture.check(failing);

    assertThat(database.value("select i::text from %s.saga_invariant i where error is not null"))
        .contains("22P02")
        .doesNotContain("sesame");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "with w as (insert into SCHEMA.orders values ('w') returning id) select id as business_key"
            + " from w | 0A000",
        "select SCHEMA.write() as business_key | 25006",
        "select nextval('SCHEMA.numbers') as business_key | 25006",
        "select id as business_key from SCHEMA.orders for update | 25006",
      })
  void aQueryThatWouldWriteIsRefused(String query, String state) {
    database.execute("create sequence %s.numbers");
    database.execute(
        "create function %s.write() returns text language sql as $$ insert into %s.orders values"
            + " ('w') returning id $$");
    fixture.order("o9");
    Reconciliation writing = asking(query);
    fixture.check(writing);

    assertThat(report(writing, NAME).error().orElseThrow())
        .startsWith("refused (" + state.strip() + "): ");
    assertThat(database.count("orders")).isOne();
  }

  @Test
  void aQueryThatTakesTooLongIsGivenUpByTheDatabase() {
    Invariant slow =
        fixture
            .invariant(NAME, "select 'o1' as business_key where pg_sleep(60) is null")
            .withTimeout(Duration.ofMillis(200));
    Reconciliation reconciliation = fixture.node(slow);
    fixture.check(reconciliation);

    assertThat(report(reconciliation, NAME).error())
        .contains("cancelled: its timeout is PT0.2S (57014)");
  }

  @Test
  void aLockedTableIsNotWaitedFor() throws SQLException {
    Reconciliation reconciliation = fixture.node(fixture.hasOrder());
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(connection, "lock table %s.payment");
      fixture.check(reconciliation);
      connection.rollback();
    }

    assertThat(report(reconciliation, NAME).error())
        .contains("somebody has locked a table for more than 2 s (55P03)");
  }

  @Test
  void sagasGoOnWhileAQueryTakesItsTime() throws Exception {
    Invariant slow =
        fixture.invariant(
            NAME, "select 'o1' as business_key where pg_advisory_xact_lock_shared(12012) is null");
    try (Connection held = database.pool().getConnection()) {
      database.execute(held, "select pg_advisory_lock(12012)");
      Reconciliation reconciliation = fixture.node(slow);
      CompletableFuture<Duration> turn = CompletableFuture.supplyAsync(reconciliation::turn);
      TestDatabase.await(() -> !"0".equals(waiting()));

      Fence saga = Fixtures.started(fixture.store, fixture.node);
      fixture.endSaga(saga.saga());
      assertThat(database.value("select status from %s.saga")).isEqualTo("COMPLETED");

      assertThat(turn).isNotDone();
      database.execute(held, "select pg_advisory_unlock(12012)");
      assertThat(turn.get(20, TimeUnit.SECONDS)).isPositive();
    }
  }

  private String waiting() {
    return database.value(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
            + " '%lock_shared(12012)%' and query not like '%pg_stat_activity%'");
  }

  @Test
  void aPoolThatHasNoConnectionIsACheckThatFailed() {
    HikariDataSource gone = TestDatabase.pool(config -> {});
    gone.close();
    Reconciliation reconciliation = fixture.node(gone, fixture.hasOrder());
    fixture.check(reconciliation);

    assertThat(report(reconciliation, NAME).error()).contains("no connection (without SQLSTATE)");
  }

  @Test
  void aConnectionIsGivenBackAsItCame() throws SQLException {
    try (HikariDataSource one = TestDatabase.pool(config -> config.setMaximumPoolSize(1))) {
      fixture.check(fixture.node(one, fixture.hasOrder()));
      fixture.check(fixture.node(one, fixture.invariant(NAME, "select nonsense")));
      try (Connection connection = one.getConnection()) {
        assertThat(connection.getAutoCommit()).isTrue();
        database.execute(
            connection, "insert into %s.orders select current_setting('lock_timeout')");
      }
    }
    assertThat(database.value("select id from %s.orders")).isEqualTo("0");
  }

  @Test
  void aRoleThatMaySelectAndNothingElseIsEnoughForTheQueries() throws SQLException {
    String role = "reader_" + database.schema();
    database.execute("create role " + role + " login");
    database.execute("alter role " + role + " set default_transaction_read_only = on");
    database.execute("grant usage on schema %s to " + role);
    database.execute("grant select on %s.orders, %s.payment to " + role);
    try (HikariDataSource pool =
        TestDatabase.pool(config -> config.setJdbcUrl(TestDatabase.url(role)))) {
      fixture.pay("o1");
      Reconciliation reconciliation = fixture.node(pool, fixture.hasOrder());
      assertThat(fixture.check(reconciliation)).hasSize(1);

      database.execute("revoke select on %s.payment from " + role);
      fixture.check(reconciliation);
      assertThat(report(reconciliation, NAME).error())
          .contains("refused (42501): permission denied for table payment");
    } finally {
      database.execute("drop owned by " + role);
      database.execute("drop role " + role);
    }
  }

  @Test
  void itSaysSoWhileItsOwnTablesAreGoneAndGoesOnWhenTheyAreThere() {
    try (Reconciliation reconciliation = fixture.node(fixture.hasOrder())) {
      database.execute("alter table %s.saga_invariant rename to elsewhere");
      assertThatThrownBy(reconciliation::turn).isInstanceOf(SagaStoreException.class);
      reconciliation.open();
      TestDatabase.await(() -> reconciliation.trouble().isPresent());
      assertThat(reconciliation.trouble().orElseThrow()).contains("42P01").contains("migrate it");
      assertThatThrownBy(reconciliation::open).isInstanceOf(IllegalStateException.class);
    }
    database.execute("alter table %s.elsewhere rename to saga_invariant");
    try (Reconciliation reconciliation = fixture.node(fixture.hasOrder())) {
      fixture.pay("o1");
      reconciliation.open();
      TestDatabase.await(() -> reconciliation.latest().size() == 1);
      assertThat(reconciliation.violations(NAME))
          .singleElement()
          .returns(State.SEEN_ONCE, Violation::state);
      assertThat(reconciliation.trouble()).isEmpty();
    }
  }
}
