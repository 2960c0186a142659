package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.PgConnection;

class StepConnectionTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final JooqSagaStore store = DATABASE.store();
  private final Fence fence = started(store, joined(store));

  /** Something a step does on its connection. */
  @FunctionalInterface
  private interface Deed {
    void on(Connection connection) throws SQLException;
  }

  @AfterEach
  void clear() {
    DATABASE.execute("truncate %s.business");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private static void sql(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", DATABASE.schema()));
    }
  }

  private static void insert(Connection connection) throws SQLException {
    sql(connection, "insert into %s.business values ('a')");
  }

  private LocalOutcome step(Deed deed) {
    return store.runLocal(
        fence,
        LIMIT,
        tx -> {
          deed.on(tx.connection());
          return recorded(fence, succeeded("a", 1));
        });
  }

  private static void prepared(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static void batch(Connection connection, String... parts) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String part : parts) {
        statement.addBatch(part.replace("%s", DATABASE.schema()));
      }
      statement.executeBatch();
    }
  }

  private static void swallowing(Deed deed, Connection connection) {
    assertThatThrownBy(() -> deed.on(connection)).isInstanceOf(IllegalStateException.class);
  }

  private static Named<Deed> named(String name, Deed deed) {
    return Named.of(name, deed);
  }

  static Stream<Named<Deed>> waysToCommit() {
    return Stream.of(
        named("a statement", tx -> sql(tx, "commit")),
        named("a prepared statement", tx -> prepared(tx, "commit")),
        named("a batch", tx -> batch(tx, "commit")),
        named("a swallowed refusal", tx -> swallowing(same -> sql(same, "commit"), tx)),
        named("the driver's connection", tx -> tx.unwrap(PgConnection.class).commit()),
        named("the metadata's connection", tx -> tx.getMetaData().getConnection().commit()),
        named("a result's statement", StepConnectionTest::commitThroughAResult),
        named("more work after it", StepConnectionTest::commitAndGoOn));
  }

  private static void commitThroughAResult(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 1")) {
      rows.getStatement().getConnection().commit();
    }
  }

  private static void commitAndGoOn(Connection connection) throws SQLException {
    connection.unwrap(PgConnection.class).commit();
    sql(connection, "insert into %s.business values ('b')");
  }

  @ParameterizedTest
  @MethodSource("waysToCommit")
  void aStepThatCommitsByABackDoorEscapes(Deed commit) {
    LocalOutcome outcome =
        step(
            connection -> {
              insert(connection);
              commit.on(connection);
            });

    assertEscaped(outcome);
    assertThat(DATABASE.count("business")).isOne();
  }

  private void assertEscaped(LocalOutcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.Escaped.class,
            escaped ->
                assertThat(escaped.cause()).hasMessageContaining("ended its own transaction"));
    assertThat(store.load(fence.saga()).orElseThrow().log()).isEmpty();
  }

  static Stream<Named<Deed>> firstExecutionsThatCommit() {
    return Stream.of(
        named("one string", tx -> sql(tx, "insert into %s.business values ('a'); commit")),
        named(
            "a setting first",
            tx ->
                sql(
                    tx,
                    "set local lock_timeout = '1s'; insert into %s.business values ('a'); commit")),
        named("no row count", tx -> sql(tx, "truncate %s.business; commit")),
        named("a block", tx -> sql(tx, "do $$ begin perform 1; end $$; commit")),
        named("a batch", StepConnectionTest::commitInABatch),
        named(
            "an error after it",
            tx -> sql(tx, "insert into %s.business values ('a'); commit; select 1 / 0")),
        named("an error after it in a batch", StepConnectionTest::commitAndFailInABatch));
  }

  private static void commitInABatch(Connection connection) throws SQLException {
    batch(connection, "insert into %s.business values ('a')", "commit");
  }

  private static void commitAndFailInABatch(Connection connection) throws SQLException {
    batch(connection, "insert into %s.business values ('a')", "commit", "do $$ begin bad $$");
  }

  @ParameterizedTest
  @MethodSource("firstExecutionsThatCommit")
  void aStepWhoseOnlyExecutionCommitsEscapes(Deed deed) {
    assertEscaped(step(deed));
  }

  @Test
  void aConnectionLostBeforeTheFirstStatementHasCommittedNothing() {
    LocalOutcome outcome =
        step(
            connection -> {
              int pid = connection.unwrap(PGConnection.class).getBackendPID();
              DATABASE.execute("select pg_terminate_backend(%d, 5000)".formatted(pid));
              insert(connection);
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack -> assertThat(rolledBack.cause()).isInstanceOf(SQLException.class));
  }

  @Test
  void aStepThatRollsBackBySqlEscapes() {
    assertEscaped(
        step(
            connection -> {
              insert(connection);
              sql(connection, "rollback");
            }));
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aStepThatCommitsAndThrowsEscapes() {
    assertEscaped(
        step(
            connection -> {
              insert(connection);
              connection.unwrap(PgConnection.class).commit();
              throw new SQLException("conflict", "40001");
            }));
  }

  @Test
  void aStepThatCommitsAndRunsIntoItsTimeLimitEscapes() {
    assertEscaped(
        store.runLocal(
            fence,
            Duration.ofMillis(200),
            tx -> {
              insert(tx.connection());
              sql(tx.connection(), "commit; select pg_sleep(30)");
              return recorded(fence, succeeded("a", 1));
            }));
    assertThat(DATABASE.count("business")).isOne();
  }

  @Test
  void statementsGiveTheStepsOwnConnectionBack() {
    LocalOutcome outcome =
        step(
            connection -> {
              try (Statement plain = connection.createStatement();
                  PreparedStatement prepared = connection.prepareStatement("select 1");
                  PreparedStatement callable = connection.prepareCall("select 1")) {
                for (Statement statement : new Statement[] {plain, prepared, callable}) {
                  assertThat(statement.getConnection()).isSameAs(connection);
                  assertThat(statement.unwrap(Statement.class)).isSameAs(statement);
                }
              }
              assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
              assertThat(connection.unwrap(PGConnection.class).getBackendPID()).isPositive();
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
  }

  static Stream<Named<Deed>> harmlessDeeds() {
    return Stream.of(
        named("nothing", tx -> {}),
        named("an empty batch", tx -> tx.createStatement().executeBatch()),
        named("an empty query", tx -> sql(tx, "")),
        named("no query at all", tx -> sql(tx, " ; ")),
        named("an empty prepared query", tx -> prepared(tx, "")),
        named("a comment", tx -> sql(tx, "-- nothing")),
        named("a query", tx -> sql(tx, "select 1")),
        named("a setting", tx -> sql(tx, "set local lock_timeout = '1s'")),
        named("a batch", tx -> batch(tx, "insert into %s.business values ('a')")),
        named("a block", tx -> sql(tx, "do $$ begin perform 1; end $$")),
        named("a statement never sent", StepConnectionTest::executeWithoutItsParameter),
        named("a savepoint", StepConnectionTest::undoAPart),
        named("a savepoint by SQL", tx -> sql(tx, "savepoint a; rollback to a; release a")));
  }

  private static void executeWithoutItsParameter(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select ?::integer")) {
      assertThatThrownBy(statement::execute).isInstanceOf(SQLException.class);
    }
  }

  private static void undoAPart(Connection connection) throws SQLException {
    var savepoint = connection.setSavepoint();
    assertThatThrownBy(() -> sql(connection, "select 1 / 0")).isInstanceOf(SQLException.class);
    connection.rollback(savepoint);
  }

  @ParameterizedTest
  @MethodSource("harmlessDeeds")
  void whatLeavesTheTransactionOpenIsCommitted(Deed deed) {
    assertThat(step(deed)).isEqualTo(new LocalOutcome.Committed());
  }

  @Test
  void aStepThatCommitsThroughJooqEscapes() {
    assertEscaped(
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              insert(tx.connection());
              tx.unwrap(DSLContext.class).execute("commit");
              return recorded(fence, succeeded("a", 1));
            }));
  }

  @Test
  void aTransactionOfJooqsInAStepIsASavepoint() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              DSLContext dsl = tx.unwrap(DSLContext.class);
              dsl.transaction(inner -> insert(inner.dsl(), "kept"));
              assertThatThrownBy(
                      () ->
                          dsl.transaction(
                              inner -> {
                                insert(inner.dsl(), "undone");
                                inner.dsl().transaction(deeper -> insert(deeper.dsl(), "undone"));
                              }))
                  .isInstanceOf(DataAccessException.class);
              dsl.transaction(inner -> insert(inner.dsl(), "kept too"));
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(DATABASE.value("select string_agg(id, ', ' order by id) from %s.business"))
        .isEqualTo("kept, kept too");
  }

  private static void insert(DSLContext dsl, String id) {
    dsl.execute("insert into %s.business values ('%s')".formatted(DATABASE.schema(), id));
  }
}
