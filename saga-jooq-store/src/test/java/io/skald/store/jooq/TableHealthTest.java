package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.DUE;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.TableFacts.Holdback;
import io.skald.engine.spi.TableFacts.Index;
import io.skald.engine.spi.TableFacts.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator is told of real tables, in which most sagas have ended. */
class TableHealthTest {
  private static final Pattern BLOCK = Pattern.compile("(?s)```sql\n(.*?)```");

  private static final TestDatabase DATABASE = TestDatabase.migrated();

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute("vacuum analyze %s.saga");
    DATABASE.execute("vacuum analyze %s.saga_log");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private static TableFacts facts() {
    return DATABASE.store().tableFacts(Retention.of(Duration.ofDays(7)).expiries());
  }

  private static Table table(String name) {
    return facts().tables().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void everyTableIsNamedWithItsSizeItsRowsAndItsIndexes() {
    assertThat(facts().tables())
        .extracting(Table::name)
        .containsExactly(
            "saga",
            "saga_audit",
            "saga_barrier",
            "saga_dead_letter",
            "saga_inbox",
            "saga_invariant",
            "saga_limit",
            "saga_limit_permit",
            "saga_limit_waiter",
            "saga_lock",
            "saga_lock_freed",
            "saga_log",
            "saga_node",
            "saga_outbox",
            "saga_outbox_bucket",
            "saga_relay",
            "saga_signal",
            "saga_violation");
    Table saga = table("saga");
    assertThat(saga.liveRows()).isBetween(45_000L, 60_000L);
    assertThat(saga.bytes()).isGreaterThan(1_000_000);
    assertThat(saga.vacuumedAt()).isPresent();
    assertThat(saga.analyzedAt()).isPresent();
    assertThat(saga.horizon()).isBetween(0.0, 0.1);
    assertThat(saga.indexes())
        .extracting(Index::name)
        .contains("saga_pkey", "saga_owner_wake_at_idx", "saga_attributes_idx");
    assertThat(saga.indexes()).allMatch(index -> index.bytes() > 0);
  }

  @Test
  void theUnfinishedAreEstimatedByTheirIndex() {
    assertThat(facts().backlog().unfinished()).isBetween(200L, 300L);
  }

  @Test
  void deadRowsAreFound() {
    DATABASE.execute(
        "create table %s.saga_copy (id integer primary key) with (autovacuum_enabled = false)");
    DATABASE.execute("insert into %s.saga_copy select generate_series(1, 20000)");
    DATABASE.execute("analyze %s.saga_copy");
    DATABASE.execute("delete from %s.saga_copy where id > 5000");
    SagaEngine engine = SagaEngine.builder(DATABASE.store()).build();
    try {
      TestDatabase.await(
          () ->
              engine.tableHealth().findings().stream()
                  .anyMatch(finding -> finding.startsWith("saga_copy: 15000 dead rows beside ")));
    } finally {
      DATABASE.execute("drop table %s.saga_copy");
    }
  }

  @Test
  void theOldestTransactionIsNamed() throws SQLException {
    try (Connection connection = DATABASE.pool().getConnection()) {
      connection.setAutoCommit(false);
      DATABASE.execute(connection, "set transaction isolation level repeatable read");
      DATABASE.execute(connection, "select count(*) from %s.saga_node");
      for (int i = 0; i < 5; i++) {
        DATABASE.execute("insert into %s.business values ('" + i + "')");
      }

      Holdback oldest = facts().holdback().orElseThrow();
      assertThat(oldest.who()).startsWith("session ").contains(" of ");
      assertThat(oldest.transactions()).isGreaterThanOrEqualTo(5);
      assertThat(oldest.since()).isPresent();
      assertThat(facts().unseen()).isEmpty();
      connection.rollback();
    }
  }

  @Test
  void noTableIsReadThrough() {
    var plans = new StorePlans(DATABASE);
    plans.store().tableFacts(Retention.of(Duration.ofDays(7)).expiries());

    assertThat(plans.plan())
        .containsPattern(DUE)
        .containsPattern("saga_parent_id_finished_at_idx[^>]*parent_id IS NULL\\) AND \\(finished")
        .doesNotContainPattern(StorePlans.SORTED);
  }

  @Test
  void theDocumentedStatementsAreThoseThatAreSent() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "operations.md"));
    String section = page.substring(page.indexOf("\n## Tables\n"), page.indexOf("\n## Nodes that"));
    List<String> blocks = BLOCK.matcher(section).results().map(TableHealthTest::statement).toList();

    assertThat(blocks)
        .containsExactly(
            flat(SurveySql.TABLES),
            flat(SurveySql.INDEXES),
            flat(SurveySql.HOLDBACK),
            flat(SurveySql.BACKLOG));
  }

  private static String statement(MatchResult block) {
    return flat(block.group(1).replaceAll("(?m)^--.*\n", "").replace(";", ""));
  }

  private static String flat(String sql) {
    return sql.replaceAll("\\s+", " ").strip();
  }
}
