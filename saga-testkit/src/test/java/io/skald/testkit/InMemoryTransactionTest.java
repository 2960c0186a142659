package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class InMemoryTransactionTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final NodeId NODE = new NodeId(new UUID(0, 1));

  private final List<String> calls = new ArrayList<>();
  private final ManualClock clock = ManualClock.standing();

  @FunctionalInterface
  private interface Work {
    void run(LocalTransaction transaction) throws Exception;
  }

  /** The end of a node, as a simulation throws it. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void showsWhatAStepWroteOnceItHasCommitted() {
    var store = new InMemorySagaStore(clock);
    run(
        store,
        tx -> {
          tx.unwrap(InMemoryTables.class).put("orders", "1", "new");
          assertThat(store.table("orders")).isEmpty();
        });
    assertThat(store.table("orders")).isEqualTo(Map.of("1", "new"));
  }

  @Test
  void showsAStepItsOwnWrites() {
    var store = new InMemorySagaStore(clock);
    run(store, tx -> tx.unwrap(InMemoryTables.class).put("orders", "1", "new"));
    run(
        store,
        tx -> {
          var tables = tx.unwrap(InMemoryTables.class);
          assertThat(tables.find("orders", "1")).contains("new");
          tables.remove("orders", "1");
          tables.put("orders", "2", "newer");
          assertThat(tables.find("orders", "1")).isEmpty();
          assertThat(tables.rows("orders")).isEqualTo(Map.of("2", "newer"));
          assertThat(tables.rows("others")).isEmpty();
        });
    assertThat(store.table("orders")).isEqualTo(Map.of("2", "newer"));
  }

  @Test
  void dropsWhatAnAttemptWroteThatThrewOrWasFencedOut() {
    var store = new InMemorySagaStore(clock);
    LocalOutcome thrown =
        run(
            store,
            tx -> {
              tx.unwrap(InMemoryTables.class).put("orders", "1", "new");
              throw new IllegalStateException("no");
            });
    assertThat(thrown).isInstanceOf(LocalOutcome.RolledBack.class);
    Fence fence = started(store);
    LocalOutcome late =
        run(
            store,
            fence,
            tx -> {
              tx.unwrap(InMemoryTables.class).put("orders", "1", "new");
              store.settle(fence.saga(), NODE);
            });
    assertThat(late).isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(store.table("orders")).isEmpty();
  }

  @Test
  void aCrashGoesThroughAndLeavesNothing() {
    var store = new InMemorySagaStore(clock);
    assertThatThrownBy(
            () ->
                run(
                    store,
                    tx -> {
                      tx.unwrap(InMemoryTables.class).put("orders", "1", "new");
                      throw new Crash();
                    }))
        .isInstanceOf(Crash.class);
    assertThat(store.table("orders")).isEmpty();
  }

  @Test
  void aFailureAfterTheTimeLimitIsTheLimit() {
    var store = new InMemorySagaStore(clock);
    var failure = new IllegalStateException("cancelled");
    LocalOutcome outcome =
        run(
            store,
            tx -> {
              clock.advance(LIMIT.plusMillis(1));
              throw failure;
            });
    assertThat(((LocalOutcome.RolledBack) outcome).cause())
        .isInstanceOf(TimeoutException.class)
        .hasCause(failure);
  }

  @Test
  void saysWhatToDoWithoutConnections() {
    var store = new InMemorySagaStore(clock);
    LocalOutcome outcome = run(store, LocalTransaction::connection);
    assertThat(((LocalOutcome.RolledBack) outcome).cause())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("tx.unwrap(InMemoryTables.class)");
    assertThat(((LocalOutcome.RolledBack) run(store, tx -> tx.unwrap(List.class))).cause())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void commitsTheConnectionOfAnAttemptWithItsRecord() {
    var store = new InMemorySagaStore(clock, () -> Connections.recording(calls));
    run(store, tx -> {});
    assertThat(calls).isEmpty();
    run(store, tx -> assertThat(tx.connection()).isSameAs(tx.unwrap(Connection.class)));
    assertThat(calls).containsExactly("setAutoCommit false", "commit", "rollback", "close");
  }

  @Test
  void rollsTheConnectionBackWithTheAttempt() {
    var store = new InMemorySagaStore(clock, () -> Connections.recording(calls));
    run(
        store,
        tx -> {
          tx.connection().nativeSQL("insert");
          throw new SQLException("no");
        });
    assertThat(calls)
        .containsExactly("setAutoCommit false", "nativeSQL insert", "rollback", "close");
  }

  @Test
  void recordsNothingIfTheConnectionRefusesToCommit() {
    var store = new InMemorySagaStore(clock, Connections::thatRefusesToCommit);
    Fence fence = started(store);
    LocalOutcome outcome =
        run(
            store,
            fence,
            tx -> {
              tx.unwrap(InMemoryTables.class).put("orders", "1", "new");
              tx.connection().nativeSQL("insert");
            });
    assertThat(((LocalOutcome.RolledBack) outcome).cause()).hasMessage("deferred constraint");
    assertThat(store.table("orders")).isEmpty();
    assertThat(store.load(fence.saga()).orElseThrow().log()).isEmpty();
  }

  private static LocalOutcome run(InMemorySagaStore store, Work work) {
    return run(store, started(store), work);
  }

  private static LocalOutcome run(InMemorySagaStore store, Fence fence, Work work) {
    return store.runLocal(
        fence,
        LIMIT,
        tx -> {
          work.run(tx);
          return new Transition(fence, List.of(done()), null, Links.NONE);
        });
  }

  private static Fence started(InMemorySagaStore store) {
    var saga =
        new NewSaga(
            new SagaId(UUID.randomUUID()),
            new DefinitionRef("order", 1, "f1"),
            UUID.randomUUID().toString(),
            Map.of(),
            "{}",
            "digest",
            null,
            NODE,
            null,
            Lane.ORDINARY);
    store.start(List.of(saga));
    return new Fence(saga.id(), NODE, 0);
  }

  private static LogWrite done() {
    return new LogWrite(
        "a", Direction.ACTION, "a", 1, LogStatus.SUCCEEDED, 1, 0, null, "{}", null, null, null);
  }
}
