package io.skald.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.TableFacts.Backlog;
import io.skald.engine.spi.TableFacts.Holdback;
import io.skald.engine.spi.TableFacts.Index;
import io.skald.engine.spi.TableFacts.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of tables: nothing where all is well, and what to do where it is not. */
class TableFindingsTest {
  private static final Instant NOW = Instant.parse("2026-02-14T10:00:00Z");
  private static final Backlog QUIET = new Backlog(7, 3, 0, 0, 12);

  private static Table table(long live, long dead, @Nullable Instant at, long transactions) {
    return new Table(
        "saga",
        3 << 20,
        live,
        dead,
        Optional.ofNullable(at),
        Optional.ofNullable(at),
        transactions,
        0,
        List.of(new Index("saga_pkey", 1 << 20)));
  }

  private static TableHealth health(Table table, @Nullable Holdback holdback, Backlog backlog) {
    return TableHealth.of(
        new TableFacts(
            List.of(table), Optional.ofNullable(holdback), backlog, List.of("the rest"), NOW));
  }

  private static List<String> findings(Table table) {
    return health(table, null, QUIET).findings();
  }

  private static Holdback held(Duration ago) {
    return new Holdback("session 4711 of report", 12, Optional.of(NOW.minus(ago)));
  }

  @Test
  void nothingIsFoundWhereAllIsWell() {
    Table saga = table(100_000, 20_000, NOW, 200_000_000);
    TableHealth health = health(saga, held(Duration.ofMinutes(59)), QUIET);

    assertThat(health.findings()).isEmpty();
    assertThat(health.toString().lines())
        .containsExactly(
            "saga: 3.0 MiB, indexes 1.0 MiB; rows about 100000, dead 20000; vacuumed"
                + " 2026-02-14T10:00:00Z, analyzed 2026-02-14T10:00:00Z; 9.3 % of the transaction"
                + " numbers",
            "unfinished about 7, due 3, overdue 0, stuck 0, expired 12", "not seen: the rest");
  }

  @Test
  void smallTablesAreNobodysTrouble() {
    assertThat(findings(table(10, 9_000, null, 0))).isEmpty();
  }

  @Test
  void deadRowsThatVacuumDoesNotKeepUpWithAreNamed() {
    assertThat(findings(table(100_000, 20_001, NOW, 0)))
        .singleElement()
        .asString()
        .startsWith("saga: 20001 dead rows beside 100000 live ones, last vacuumed 2026-")
        .contains("autovacuum_naptime");
  }

  @Test
  void aTableThatWasNeverAnalyzedIsNamed() {
    assertThat(findings(table(10_000, 0, null, 0)))
        .singleElement()
        .asString()
        .startsWith("saga: 10000 rows, and never analyzed");
  }

  @Test
  void transactionNumbersThatRunOutAreNamed() {
    assertThat(findings(table(1, 0, NOW, 1L << 30)))
        .singleElement()
        .asString()
        .startsWith("saga: 50.0 % of the transaction numbers");
  }

  @Test
  void whatHoldsVacuumBackForLongIsNamedWithHowToEndIt() {
    assertThat(health(table(1, 0, NOW, 0), held(Duration.ofHours(2)), QUIET).findings())
        .containsExactly(
            "session 4711 of report holds vacuum back by 12 transactions, since"
                + " 2026-02-14T08:00:00Z: dead rows stay meanwhile (end it, as by"
                + " pg_terminate_backend, rollback prepared or pg_drop_replication_slot; set"
                + " idle_in_transaction_session_timeout)");
    var unseen = new Holdback("session 4711 of report", 1_000_001, Optional.empty());
    assertThat(health(table(1, 0, NOW, 0), unseen, QUIET).findings())
        .singleElement()
        .asString()
        .startsWith("session 4711 of report holds vacuum back by 1000001 transactions: ");
  }

  @Test
  void sagasThatNobodyTakesOrMovesAreNamed() {
    assertThat(health(table(1, 0, NOW, 0), null, new Backlog(9, 5, 2, 10_000, 10_000)).findings())
        .hasSize(3)
        .anyMatch(finding -> finding.startsWith("2 sagas have been due for more than a minute"))
        .anyMatch(finding -> finding.startsWith("at least 10000 sagas wait for an operator"))
        .anyMatch(finding -> finding.startsWith("at least 10000 sagas have ended longer ago"));
  }
}
