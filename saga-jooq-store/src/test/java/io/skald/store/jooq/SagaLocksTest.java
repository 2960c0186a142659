package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Locking.ACCOUNT;
import static io.skald.store.jooq.Locking.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.LockRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.definition.LockKey;
import io.skald.saga.error.LockedBySagaException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Transactions of the application's that keep sagas off a lock. */
class SagaLocksTest {
  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);
  private final SagaLocks locks = SagaLocks.of(database.schema());

  @AfterEach
  void close() {
    database.close();
  }

  /** What is done in a transaction that is not ended yet. */
  @FunctionalInterface
  private interface Work {
    void run(Connection connection) throws SQLException;
  }

  private void inTransaction(Work work) {
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      try {
        work.run(connection);
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void keepOff(Connection connection) {
    locks.keepOff(connection, ACCOUNT.name(), ACCOUNT.key());
  }

  private boolean holds(Fence saga) {
    List<LockRow> rows = store.locks(saga.saga());
    return !rows.isEmpty() && rows.stream().allMatch(row -> row.heldAt() != null);
  }

  /** As an engine does at every poll. */
  private void awaitHandedOn(Fence saga) {
    TestDatabase.await(
        () -> {
          int unused = store.handOnLocks(10);
          return holds(saga);
        });
  }

  @Test
  void aTransactionKeepsSagasOffUntilItCommits() {
    Fence saga = started(store, node);
    inTransaction(
        connection -> {
          keepOff(connection);
          assertThat(store.takeLocks(saga.saga()))
              .isInstanceOfSatisfying(
                  LockResult.Waiting.class,
                  waiting -> {
                    assertThat(waiting.lock()).isEqualTo(ACCOUNT.name());
                    assertThat(waiting.behind()).isNull();
                  });
          assertThat(store.handOnLocks(10)).isZero();
          connection.commit();
        });

    awaitHandedOn(saga);
    assertThat(database.count("saga_lock_freed")).isZero();
    assertThat(database.count("saga_lock")).isOne();
  }

  @Test
  void aTransactionThatRollsBackLetsGoAsWell() {
    Fence saga = started(store, node);
    inTransaction(
        connection -> {
          keepOff(connection);
          assertThat(store.takeLocks(saga.saga())).isInstanceOf(LockResult.Waiting.class);
        });

    awaitHandedOn(saga);
  }

  @Test
  void aSavepointThatIsRolledBackLetsGoAsWell() {
    Fence saga = started(store, node);
    inTransaction(
        connection -> {
          var before = connection.setSavepoint();
          keepOff(connection);
          connection.rollback(before);
          assertThat(store.takeLocks(saga.saga())).isEqualTo(new LockResult.Granted());
        });
  }

  @Test
  void othersAreHandedOnWhileOneIsKeptOff() {
    Fence kept = started(store, node);
    var other = new LockKey("account", "2");
    Fence first = started(store, node, other);
    Fence second = started(store, node, other);
    store.takeLocks(first.saga());
    inTransaction(
        connection -> {
          keepOff(connection);
          store.takeLocks(kept.saga());
          assertThat(store.write(List.of(Locking.ended(first))))
              .containsExactly(WriteResult.APPLIED);
          awaitHandedOn(second);
          assertThat(holds(kept)).isFalse();
        });
  }

  @Test
  void aLockThatASagaHoldsIsRefusedAndTheTransactionGoesOn() {
    Fence saga = started(store, node);
    store.takeLocks(saga.saga());
    inTransaction(
        connection -> {
          assertThatThrownBy(() -> keepOff(connection))
              .isInstanceOfSatisfying(
                  LockedBySagaException.class,
                  refused -> {
                    assertThat(refused.id()).contains(saga.saga());
                    assertThat(refused.lock()).isEqualTo("account");
                  })
              .hasMessageContaining("held by saga " + saga.saga())
              .hasMessageNotContaining(ACCOUNT.key() + ":");
          assertThat(locks.holder(connection, ACCOUNT.name(), ACCOUNT.key())).contains(saga.saga());
          store.write(List.of(Locking.ended(saga)));
          keepOff(connection);
          assertThat(locks.holder(connection, ACCOUNT.name(), ACCOUNT.key())).isEmpty();
        });
  }

  @Test
  void aLockThatASagaOnlyWaitsForIsFree() {
    started(store, node);
    inTransaction(this::keepOff);
  }

  @Test
  void oneTransactionAsksForALockTwice() {
    inTransaction(
        connection -> {
          keepOff(connection);
          keepOff(connection);
        });
  }

  @Test
  void twoTransactionsWaitForEachOther() {
    inTransaction(
        first -> {
          keepOff(first);
          var second = CompletableFuture.runAsync(() -> inTransaction(this::keepOff));
          TestDatabase.await(
              () ->
                  !database
                      .value(
                          "select count(*) from pg_stat_activity where wait_event = 'transactionid'"
                              + " and query like 'insert into %lock (%'")
                      .equals("0"));
          assertThat(second).isNotDone();
          first.commit();
          second.join();
        });
  }

  @Test
  void aTransactionOfJooqsIsOneAsWell() {
    Fence saga = started(store, node);
    new DefaultDSLContext(database.pool(), SQLDialect.POSTGRES)
        .transaction(
            transaction -> {
              locks.keepOff(transaction, ACCOUNT.name(), ACCOUNT.key());
              assertThat(store.takeLocks(saga.saga())).isInstanceOf(LockResult.Waiting.class);
            });
    awaitHandedOn(saga);
  }

  @Test
  void aConnectionThatCommitsByItselfIsRefused() throws SQLException {
    try (Connection connection = database.pool().getConnection()) {
      assertThatThrownBy(() -> keepOff(connection))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("autocommit");
    }
  }
}
