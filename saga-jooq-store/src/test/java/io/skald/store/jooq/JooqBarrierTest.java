package io.skald.store.jooq;

import static io.skald.saga.participant.Passage.EMPTY;
import static io.skald.saga.participant.Passage.LATE;
import static io.skald.saga.participant.Passage.PASSED;
import static io.skald.saga.participant.Passage.REPEATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Passage;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the barrier on PostgreSQL does beyond {@link JooqBarrierContractTest}. */
class JooqBarrierTest {
  private final BarrierDatabase participant = new BarrierDatabase();
  private final TestDatabase database = participant.database();
  private final JooqBarrier barrier = participant.barrier();

  @AfterEach
  void close() {
    participant.close();
  }

  private Passage action(Connection connection, String key) throws SQLException {
    return barrier.action(connection, key, () -> participant.effect(connection, key, "action"));
  }

  private Passage committedAction(String key) throws SQLException {
    try (Connection connection = participant.connection()) {
      Passage passage = action(connection, key);
      connection.commit();
      return passage;
    }
  }

  private Passage committedCompensation(String key) throws SQLException {
    try (Connection connection = participant.connection()) {
      Passage passage =
          barrier.compensation(
              connection, key, () -> participant.effect(connection, key, "compensation"));
      connection.commit();
      return passage;
    }
  }

  // ---- transactions

  @Test
  void aConnectionWithoutATransactionIsRefused() throws SQLException {
    try (Connection connection = database.pool().getConnection()) {
      assertThatThrownBy(() -> action(connection, "a1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("connection: autocommit is on (expected: a transaction that you commit)");
    }
    assertThat(database.count("saga_barrier")).isZero();
  }

  /** Before each statement the driver makes a savepoint, and goes back to it when that fails. */
  @Test
  void workThatFailsIsRolledBackThoughTheDriverSavesEachStatement() throws SQLException {
    var declined = new IOException("declined");
    try (HikariDataSource pool = pool("autosave", "always");
        Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  barrier.action(
                      connection,
                      "a1",
                      () -> {
                        throw declined;
                      }))
          .isSameAs(declined);
      commitThoughRolledBack(connection);
    }
    assertThat(committedAction("a1")).isEqualTo(PASSED);
  }

  private static HikariDataSource pool(String property, String value) {
    return TestDatabase.pool(config -> config.addDataSourceProperty(property, value));
  }

  /** Whether the driver says so is a setting of its own. */
  private static void commitThoughRolledBack(Connection connection) {
    assertThatCode(connection::commit)
        .satisfiesAnyOf(
            none -> assertThat(none).isNull(),
            said -> assertThat(said).hasMessageContaining("ROLLBACK"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void workThatSwallowsAnSqlErrorIsNotTakenForDone(boolean raised) throws SQLException {
    try (HikariDataSource pool = pool("raiseExceptionOnSilentRollback", String.valueOf(raised));
        Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      assertThatThrownBy(() -> barrier.action(connection, "a1", () -> swallow(connection)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("caught an SQL error and went on");
    }
    assertThat(committedAction("a1")).isEqualTo(PASSED);
  }

  private void swallow(Connection connection) {
    assertThatThrownBy(() -> database.execute(connection, "select 1 / 0"))
        .isInstanceOf(SQLException.class);
  }

  /** As where BEGIN, which the driver sends ahead and does not wait for, is cancelled. */
  @Test
  void aCallWhoseBeginIsLostRecordsNothing() throws SQLException {
    try (Connection bare = database.pool().getConnection()) {
      Connection lost = claimingATransaction(bare);
      assertThatThrownBy(() -> action(lost, "a1")).satisfies(JooqBarrierTest::isOutside);
      assertThatThrownBy(() -> barrier.compensation(lost, "a1", () -> {}))
          .satisfies(JooqBarrierTest::isOutside);
      database.execute("insert into %s.saga_barrier values ('a2', 'ACTED')");
      assertThatThrownBy(() -> barrier.confirmation(lost, "a2", () -> {}))
          .satisfies(JooqBarrierTest::isOutside);
    }
    assertThat(database.value("select string_agg(action_key || state, ' ') from %s.saga_barrier"))
        .isEqualTo("a2ACTED");
    assertThat(database.count("effect")).isZero();
  }

  private static Connection claimingATransaction(Connection bare) {
    return (Connection)
        Proxy.newProxyInstance(
            JooqBarrierTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, values) ->
                method.getName().equals("getAutoCommit")
                    ? (Object) false
                    : Delegated.to(bare, method, values));
  }

  private static void isOutside(Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e ->
                assertThat(e.getCause())
                    .isInstanceOfSatisfying(
                        SQLException.class,
                        sql -> assertThat(sql.getSQLState()).isEqualTo("25P01")));
  }

  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void aSnapshotThatIsTooOldIsAConflictThatMayBeRepeated(int isolation) throws SQLException {
    try (Connection connection = participant.connection()) {
      connection.setTransactionIsolation(isolation);
      database.execute(connection, "select count(*) from %s.effect");
      assertThat(committedAction("a1")).isEqualTo(PASSED);
      assertThatThrownBy(() -> action(connection, "a1"))
          .isInstanceOfSatisfying(
              SagaStoreException.class,
              e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT))
          .hasMessage("Asking the barrier for a1 failed (40001)");
      connection.rollback();

      assertThat(action(connection, "a1")).isEqualTo(REPEATED);
      connection.commit();
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    assertThat(participant.effects("a1", "action")).isOne();
  }

  /** As Spring does after a checked exception; the driver says nothing of it. */
  @Test
  void whatWorkHadWrittenWhenItFailedIsRolledBackThoughTheCallerCommits() throws SQLException {
    try (Connection connection = participant.connection()) {
      assertThatThrownBy(
              () ->
                  barrier.action(
                      connection,
                      "a1",
                      () -> {
                        participant.effect(connection, "a1", "action");
                        decline();
                      }))
          .hasMessage("declined");
      connection.commit();
    }

    assertThat(participant.effects("a1", "action")).isZero();
    assertThat(committedAction("a1")).isEqualTo(PASSED);
  }

  @Test
  void aSavepointFromBeforeTheCallUndoesWorkThatFailed() throws SQLException {
    try (Connection connection = participant.connection()) {
      var before = connection.setSavepoint();
      assertThatThrownBy(() -> barrier.action(connection, "a1", JooqBarrierTest::decline))
          .hasMessage("declined");
      connection.rollback(before);
      participant.effect(connection, "a1", "declined");
      connection.commit();
    }

    assertThat(participant.effects("a1", "declined")).isOne();
    assertThat(committedAction("a1")).isEqualTo(PASSED);
  }

  private static void decline() {
    throw new IllegalStateException("declined");
  }

  @Test
  void aPassageCostsOneRoundTripAndItsAnswerAnother() throws SQLException {
    try (var counted =
            TestDatabase.pool(
                config ->
                    config.addDataSourceProperty("socketFactory", RoundTrips.class.getName()));
        Connection connection = counted.getConnection()) {
      connection.setAutoCommit(false);
      assertThat(sent(() -> barrier.action(connection, "a1", () -> {}))).isOne();
      assertThat(sent(() -> barrier.answeredAction(connection, "a2", () -> "x"))).isEqualTo(2);
      assertThat(sent(() -> barrier.compensation(connection, "a1", () -> {}))).isOne();
      assertThat(sent(() -> barrier.compensation(connection, "a3", () -> {}))).isOne();
      assertThat(sent(() -> barrier.confirmation(connection, "a2", () -> {}))).isOne();
      assertThat(sent(() -> barrier.action(connection, "a1", () -> {}))).isEqualTo(2);
      connection.rollback();
    }
  }

  /** BEGIN goes with the first of them. */
  private static long sent(Runnable call) {
    long before = RoundTrips.sent();
    call.run();
    return RoundTrips.sent() - before;
  }

  // ---- jOOQ

  @Test
  void inATransactionOfJooqItPassesWithTheWorkOrNotAtAll() {
    DSLContext dsl = new DefaultDSLContext(database.pool(), SQLDialect.POSTGRES);
    assertThatThrownBy(() -> dsl.transaction(transaction -> declined(transaction)))
        .hasMessage("declined");
    List<Answered> answers =
        dsl.transactionResult(transaction -> List.of(charge(transaction), charge(transaction)));

    assertThat(answers).containsExactly(new Answered(PASSED, "c1"), new Answered(REPEATED, "c1"));
    assertThat(participant.effects("a1", "action")).isOne();
    Passage confirmed = dsl.transactionResult(t -> barrier.confirmation(t, "a1", () -> {}));
    Passage cancelled = dsl.transactionResult(t -> barrier.compensation(t, "a2", () -> {}));
    Passage late = dsl.transactionResult(t -> barrier.action(t, "a2", () -> {}));
    assertThat(List.of(confirmed, cancelled, late)).containsExactly(PASSED, EMPTY, LATE);
  }

  private void declined(Configuration transaction) {
    var unused = charge(transaction);
    throw new IllegalStateException("declined");
  }

  private Answered charge(Configuration transaction) {
    String table = database.schema() + ".effect";
    return barrier.answeredAction(
        transaction,
        "a1",
        () -> {
          transaction.dsl().execute("insert into " + table + " values ('a1', 'action')");
          return "c1";
        });
  }

  @Test
  void aConfigurationWithoutATransactionIsRefused() {
    DSLContext none = new DefaultDSLContext(SQLDialect.POSTGRES);
    assertThatThrownBy(() -> barrier.action(none.configuration(), "a1", () -> {}))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("inside a transaction");
    DSLContext idle = new DefaultDSLContext(database.pool(), SQLDialect.POSTGRES);
    assertThatThrownBy(() -> barrier.action(idle.configuration(), "a1", () -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("autocommit");
  }

  // ---- without an engine

  @Test
  void aParticipantThatHasNoEngineMakesItsTableAndUsesIt() throws SQLException {
    try (TestDatabase own = TestDatabase.empty()) {
      JooqBarrier built = JooqBarrier.builder(own.pool()).schema(own.schema()).build();
      try (Connection connection = own.pool().getConnection()) {
        connection.setAutoCommit(false);
        assertThat(built.action(connection, "a1", () -> {})).isEqualTo(PASSED);
        connection.commit();
      }
      assertThat(own.count("saga_barrier")).isOne();
      assertThatCode(
              () ->
                  JooqBarrier.builder(own.pool())
                      .schema(own.schema())
                      .migration(Migration.VALIDATE)
                      .build())
          .doesNotThrowAnyException();
    }
  }

  @Test
  void aMissingTableIsNamedWithWhatToDo() throws SQLException {
    JooqBarrier elsewhere =
        JooqBarrier.builder(database.pool()).schema("nowhere").migration(Migration.NONE).build();
    try (Connection connection = participant.connection()) {
      assertThatThrownBy(() -> elsewhere.action(connection, "a1", () -> {}))
          .isInstanceOf(SagaStoreException.class)
          .hasMessageContaining("the schema is missing or outdated; migrate it");
    }
  }

  // ---- retention

  @Test
  void whatPassedLongAgoIsForgottenInBatchesAndNothingElse() throws SQLException {
    database.execute(
        """
        insert into %s.saga_barrier (action_key, state, passed_at)
        select 'old' || n, 'COMPENSATED', now() - interval '31 days'
        from generate_series(1, 1200) n
        """);
    database.execute(
        """
        insert into %s.saga_barrier (action_key, state, passed_at)
        values ('kept', 'ACTED', now() - interval '29 days')
        """);

    assertThat(barrier.purge()).isEqualTo(1200);
    assertThat(barrier.purge()).isZero();
    assertThat(database.value("select string_agg(action_key, ' ') from %s.saga_barrier"))
        .isEqualTo("kept");
    assertThat(committedAction("old1")).as("it is too long ago to be refused").isEqualTo(PASSED);
  }

  @Test
  void theTimeOfACompensationIsWhatCountsAndNotThatOfItsAction() throws SQLException {
    for (String key : List.of("compensated", "confirmed")) {
      assertThat(committedAction(key)).isEqualTo(PASSED);
    }
    database.execute("update %s.saga_barrier set passed_at = now() - interval '31 days'");
    assertThat(committedCompensation("compensated")).isEqualTo(PASSED);
    try (Connection connection = participant.connection()) {
      assertThat(barrier.confirmation(connection, "confirmed", () -> {})).isEqualTo(PASSED);
      connection.commit();
    }

    assertThat(barrier.purge()).isZero();
    assertThat(committedAction("compensated")).isEqualTo(LATE);
  }

  @Test
  void aPurgeLeavesAloneWhatIsLocked() throws SQLException {
    for (String key : List.of("a1", "a2")) {
      assertThat(committedAction(key)).isEqualTo(PASSED);
    }
    database.execute("update %s.saga_barrier set passed_at = now() - interval '31 days'");
    try (Connection connection = participant.connection()) {
      assertThat(barrier.compensation(connection, "a1", () -> {})).isEqualTo(PASSED);
      assertThat(barrier.purge()).isOne();
      connection.commit();
    }

    assertThat(committedAction("a1")).isEqualTo(LATE);
    assertThat(committedCompensation("a2")).isEqualTo(EMPTY);
  }

  @Test
  void aPurgeReadsAlongTheTimeOfPassage() throws SQLException {
    database.execute(
        """
        insert into %s.saga_barrier (action_key, state, passed_at)
        select 'a' || n, 'ACTED', now() - n * interval '1 minute'
        from generate_series(1, 60000) n
        """);
    database.execute("vacuum analyze %s.saga_barrier");
    var plans = new PlannedStatements(database.pool());
    assertThat(barrierOn(plans).purge()).isEqualTo(16_801);

    assertThat(String.join("->", plans.nodes()))
        .containsPattern(StorePlans.by("saga_barrier_passed_at_idx"))
        .containsPattern(StorePlans.by("saga_barrier_pkey"))
        .doesNotContain("Seq Scan on saga_barrier");
  }

  private JooqBarrier barrierOn(PlannedStatements plans) {
    return JooqBarrier.builder(plans.dataSource())
        .schema(database.schema())
        .migration(Migration.NONE)
        .build();
  }

  @Test
  void aRetentionOutOfBoundsIsRefused() {
    var builder = JooqBarrier.builder(database.pool());
    for (Duration kept : List.of(Duration.ofHours(23), Duration.ofDays(3651))) {
      assertThatThrownBy(() -> builder.retention(kept))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("retention: " + kept + " (expected: PT24H to PT87600H)");
    }
  }
}
