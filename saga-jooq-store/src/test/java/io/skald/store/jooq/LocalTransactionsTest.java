package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.saga.view.LogStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A local step and its record: committed together, or not at all. */
class LocalTransactionsTest {
  private static TestDatabase database;

  private final JooqSagaStore store = database.store();
  private final NodeId node = joined(store);
  private final Fence fence = started(store, node);

  @BeforeAll
  static void create() {
    database = TestDatabase.migrated();
  }

  @AfterEach
  void clear() {
    database.execute("truncate %s.business");
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @Test
  void businessRowsAndLogRowCommitTogether() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(database.count("business")).isOne();
    assertThat(store.load(fence.saga()).orElseThrow().log()).hasSize(1);
  }

  @Test
  void aRecordIsDatedByWhenItIsWrittenAndNotByWhenTheTransactionBegan() {
    store.runLocal(
        fence,
        LIMIT,
        tx -> {
          database.execute(tx.connection(), "insert into %s.business values ('a')");
          database.execute(
              tx.connection(), "update %s.business set note = clock_timestamp()::text");
          return recorded(fence, succeeded("a", 1));
        });

    assertThat(
            database.value(
                "select l.finished_at > b.note::timestamptz"
                    + " from %s.business b cross join %s.saga_log l where l.saga_id = '"
                    + fence.saga()
                    + "'"))
        .isEqualTo("t");
  }

  @Test
  void nothingIsCommittedUnderALostFence() {
    Fence late = fence.next();
    LocalOutcome outcome =
        store.runLocal(
            late,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              return ended(late, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(database.count("business")).isZero();
  }

  @Test
  void aStepRecordedAlreadyIsNotRecordedAgain() {
    store.runLocal(fence, LIMIT, tx -> recorded(fence, succeeded("a", 1)));
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(database.count("business")).isZero();
  }

  @Test
  void aLaterAttemptReplacesTheRowOfTheOneBefore() {
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));
    LogWrite second =
        row("a", 1, LogStatus.SUCCEEDED, 2, new LogWrite.Replaced(LogStatus.RETRYING, 1));

    assertThat(store.runLocal(fence, LIMIT, tx -> recorded(fence, second)))
        .isEqualTo(new LocalOutcome.Committed());
    assertThat(store.runLocal(fence, LIMIT, tx -> recorded(fence, second)))
        .isEqualTo(new LocalOutcome.FenceLost());
  }

  @Test
  void whatTheStepThrowsRollsBack() {
    IllegalStateException refusal = new IllegalStateException("no");
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              throw refusal;
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.RolledBack(refusal));
    assertThat(database.count("business")).isZero();
  }

  @Test
  void stepsCannotEndTheirTransaction() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              Connection connection = tx.connection();
              assertThatThrownBy(connection::commit).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(connection::rollback).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(connection::close).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(() -> connection.setAutoCommit(true))
                  .isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(() -> connection.abort(Runnable::run))
                  .isInstanceOf(IllegalStateException.class);
              assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
  }

  @Test
  void savepointsUndoAPart() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              Savepoint savepoint = tx.connection().setSavepoint();
              assertThatThrownBy(
                      () ->
                          database.execute(tx.connection(), "insert into %s.business values ('a')"))
                  .isInstanceOf(SQLException.class);
              tx.connection().rollback(savepoint);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(database.count("business")).isOne();
  }

  @Test
  void stepsMayUseJooq() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              tx.unwrap(DSLContext.class)
                  .execute("insert into %s.business values ('a')".formatted(database.schema()));
              assertThat(tx.unwrap(Configuration.class)).isNotNull();
              assertThatThrownBy(() -> tx.unwrap(String.class))
                  .isInstanceOf(IllegalArgumentException.class);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.Committed());
    assertThat(database.count("business")).isOne();
  }

  @Test
  void aSwallowedSqlErrorRollsTheStepBack() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.business values ('a')");
              assertThatThrownBy(
                      () ->
                          database.execute(tx.connection(), "insert into %s.business values ('a')"))
                  .isInstanceOf(SQLException.class);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.cause()).hasMessageContaining("caught an SQL error"));
    assertThat(database.count("business")).isZero();
  }

  @Test
  void aDeferredConstraintRefusedAtCommitRollsTheStepBack() {
    database.execute("create table %s.deferred (id text unique deferrable initially deferred)");
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              database.execute(tx.connection(), "insert into %s.deferred values ('a'), ('a')");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.cause())
                    .isInstanceOfSatisfying(
                        SQLException.class,
                        error -> assertThat(error.getSQLState()).isEqualTo("23505")));
    assertThat(store.load(fence.saga()).orElseThrow().log()).isEmpty();
  }
}
