package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.TransactionBinding;
import io.skald.engine.spi.Transition;
import io.skald.saga.view.LogStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundTransactionsTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final PlainManager manager = new PlainManager();
  private final JooqSagaStore store =
      JooqSagaStore.builder(DATABASE.pool())
          .schema(DATABASE.schema())
          .migration(Migration.NONE)
          .transactions(manager)
          .build();
  private final NodeId node = joined(store);
  private final Fence fence = started(store, node);

  /** A transaction manager that writes late, as JPA does, and can fail around its commit. */
  private static final class PlainManager implements TransactionBinding {
    @Nullable String heldBack;
    @Nullable Exception afterCommit;
    @Nullable Exception insteadOfCommit;
    @Nullable CompletableFuture<Void> lateCommit;

    @Override
    public Optional<Connection> ambient() {
      return Optional.empty();
    }

    @Override
    public void afterCommit(Runnable hint) {
      hint.run();
    }

    @Override
    public void inNewTransaction(SessionWork work) throws Exception {
      if (lateCommit != null) {
        inTransactionThatCommitsLate(work);
        return;
      }
      try (Connection connection = DATABASE.pool().getConnection()) {
        connection.setAutoCommit(false);
        try {
          work.run(new PlainSession(connection));
          if (insteadOfCommit != null) {
            throw insteadOfCommit;
          }
          connection.commit();
        } finally {
          connection.rollback();
          connection.setAutoCommit(true);
        }
      }
      if (afterCommit != null) {
        throw afterCommit;
      }
    }

    /** The manager gives up while the commit is under way. */
    private void inTransactionThatCommitsLate(SessionWork work) throws Exception {
      Connection connection = DATABASE.pool().getConnection();
      connection.setAutoCommit(false);
      work.run(new PlainSession(connection));
      var unused = lateCommit.thenRun(() -> commitAndClose(connection));
      throw new IllegalStateException("no answer to the commit");
    }

    private final class PlainSession implements Session {
      private final Connection connection;

      PlainSession(Connection connection) {
        this.connection = connection;
      }

      @Override
      public Connection connection() {
        return connection;
      }

      @Override
      public <T> T unwrap(Class<T> type) {
        throw new IllegalArgumentException("nothing");
      }

      @Override
      public void flush() {
        if (heldBack != null) {
          execute(connection, heldBack);
        }
      }
    }
  }

  @Test
  void theManagersTransactionTellsTheParent() {
    Fence parent = started(store, node);
    var links = Links.telling(new Parent(parent.saga(), "ship"));
    var end = new SagaChange.Complete("{}");
    manager.insteadOfCommit = new IllegalStateException("marked for rollback");
    store.runLocal(
        fence, LIMIT, tx -> new Transition(fence, List.of(succeeded("a", 1)), end, links));
    assertThat(store.signals(parent.saga()).pending()).isEmpty();

    manager.insteadOfCommit = null;
    Fence now = fence.next();
    LocalOutcome outcome =
        store.runLocal(
            now, LIMIT, tx -> new Transition(now, List.of(succeeded("a", 1)), end, links));
    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(store.signals(parent.saga()).pending()).hasSize(1);
  }

  private static void commitAndClose(Connection connection) {
    try (connection) {
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("%s", DATABASE.schema()));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void clear() {
    DATABASE.execute("truncate %s.business");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private LocalOutcome insertAndRecord(Fence under) {
    return store.runLocal(
        under,
        LIMIT,
        tx -> {
          insert(tx);
          return recorded(under, succeeded("a", 1));
        });
  }

  private static void insert(LocalTransaction tx) {
    execute(tx.connection(), "insert into %s.business values ('a')");
  }

  private int logged() {
    return store.load(fence.saga()).orElseThrow().log().size();
  }

  @Test
  void whatTheManagerHoldsBackIsCommittedWithTheLogRow() {
    manager.heldBack = "insert into %s.business values ('late')";

    assertThat(insertAndRecord(fence)).isEqualTo(new LocalOutcome.Committed());
    assertThat(DATABASE.count("business")).isEqualTo(2);
    assertThat(logged()).isOne();
  }

  @Test
  void aLostFenceRollsTheManagersTransactionBack() {
    assertThat(insertAndRecord(fence.next())).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aRowThatIsNotWhatItWasToReplaceRollsBack() {
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));
    LogWrite third =
        row("a", 1, LogStatus.SUCCEEDED, 3, new LogWrite.Replaced(LogStatus.RETRYING, 2));
    LocalOutcome outcome =
        store.runLocal(
            fence,
            LIMIT,
            tx -> {
              insert(tx);
              return recorded(fence, third);
            });

    assertThat(outcome).isEqualTo(new LocalOutcome.FenceLost());
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aFailureAfterTheCommitIsStillCommitted() {
    manager.afterCommit = new IllegalStateException("a callback failed");

    assertThat(insertAndRecord(fence)).isEqualTo(new LocalOutcome.Committed());
    assertThat(logged()).isOne();
  }

  @Test
  void aTransactionMarkedForRollbackIsRolledBack() {
    manager.insteadOfCommit = new IllegalStateException("marked for rollback");

    assertThat(insertAndRecord(fence))
        .isEqualTo(new LocalOutcome.RolledBack(manager.insteadOfCommit));
    assertThat(DATABASE.count("business")).isZero();
  }

  @Test
  void aConnectionLostAtCommitIsInDoubt() {
    manager.insteadOfCommit = new IllegalStateException(new SQLException("reset", "08006"));

    assertThat(insertAndRecord(fence)).isInstanceOf(LocalOutcome.InDoubt.class);
  }

  @Test
  void aCommitUnderWayWhenTheManagerGivesUpIsWaitedFor() throws Exception {
    CompletableFuture<Void> commit = new CompletableFuture<>();
    manager.lateCommit = commit;
    CompletableFuture<LocalOutcome> outcome =
        CompletableFuture.supplyAsync(() -> insertAndRecord(fence));
    TestDatabase.await(() -> outcome.isDone() || isSomebodyWaitingForALock());
    commit.complete(null);

    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(new LocalOutcome.Committed());
    assertThat(logged()).isOne();
    assertThat(DATABASE.count("business")).isOne();
  }

  private static boolean isSomebodyWaitingForALock() {
    return !DATABASE
        .value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
        .equals("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit", "commit; select pg_sleep(30)"})
  void aStepThatCommitsByABackDoorEscapesWhateverTheTime(String sql) {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            Duration.ofMillis(200),
            tx -> {
              insert(tx);
              execute(tx.connection(), sql);
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome).isInstanceOf(LocalOutcome.Escaped.class);
    assertThat(logged()).isZero();
    assertThat(DATABASE.count("business")).isOne();
  }

  @Test
  void theTimeLimitCancelsTheQuery() {
    LocalOutcome outcome =
        store.runLocal(
            fence,
            Duration.ofMillis(100),
            tx -> {
              execute(tx.connection(), "select pg_sleep(30)");
              return recorded(fence, succeeded("a", 1));
            });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack -> assertThat(rolledBack.cause()).isInstanceOf(TimeoutException.class));
    assertThat(store.heartbeat(node)).isTrue();
  }
}
