package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class JournalWritesTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final JooqSagaStore store = DATABASE.store();
  private final NodeId node = joined(store);

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private SagaRow saga(Fence fence) {
    return store.load(fence.saga()).orElseThrow().saga();
  }

  @Test
  void answersEachTransitionOfABatchOnItsOwn() {
    Fence applied = started(store, node);
    Fence ends = started(store, node);
    Fence lost = started(store, node).next();
    Fence there = started(store, node);
    Fence replaced = started(store, node);
    store.write(
        List.of(recorded(there, succeeded("a", 1)), recorded(replaced, retrying("a", 1, 1))));

    List<WriteResult> results =
        store.write(
            List.of(
                recorded(applied, succeeded("a", 1), succeeded("b", 2)),
                ended(ends, succeeded("a", 1)),
                recorded(lost, succeeded("a", 1)),
                recorded(there, succeeded("b", 2), succeeded("a", 3)),
                recorded(replaced, second(1))));

    assertThat(results)
        .containsExactly(
            WriteResult.APPLIED,
            WriteResult.APPLIED,
            WriteResult.FENCE_LOST,
            WriteResult.CONFLICT,
            WriteResult.APPLIED);
    assertThat(store.load(there.saga()).orElseThrow().log()).hasSize(1);
    assertThat(store.load(replaced.saga()).orElseThrow().log().getFirst().attempt()).isEqualTo(2);
    assertThat(saga(ends).status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(saga(ends).owner()).isNull();
  }

  private static LogWrite second(int replacedAttempt) {
    return row(
        "a", 1, LogStatus.SUCCEEDED, 2, new LogWrite.Replaced(LogStatus.RETRYING, replacedAttempt));
  }

  @Test
  void aRowThatIsNotWhatItWasToReplaceIsAConflict() {
    Fence fence = started(store, node);
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));

    assertThat(store.write(List.of(recorded(fence, second(2)))))
        .containsExactly(WriteResult.CONFLICT);
    assertThat(store.write(List.of(ended(fence, second(2))))).containsExactly(WriteResult.CONFLICT);
    assertThat(saga(fence).status()).isEqualTo(SagaStatus.RUNNING);
  }

  @Test
  void turningAroundRaisesTheEpochAndKeepsTheOwner() {
    Fence fence = started(store, node);
    SagaError error = new SagaError("a", "out of stock", null);
    Transition turn =
        new Transition(
            fence,
            List.of(row("a", 1, LogStatus.FAILED, 1, null)),
            new SagaChange.TurnAround(error),
            Links.NONE);

    assertThat(store.write(List.of(turn))).containsExactly(WriteResult.APPLIED);
    assertThat(saga(fence))
        .returns(SagaStatus.COMPENSATING, SagaRow::status)
        .returns(1L, SagaRow::epoch)
        .returns(node, SagaRow::owner)
        .returns(error, SagaRow::error);
    assertThat(saga(fence).turnedAroundAt()).isNotNull();
    assertThat(store.write(List.of(recorded(fence, succeeded("b", 2)))))
        .containsExactly(WriteResult.FENCE_LOST);
    assertThat(store.write(List.of(recorded(fence.next(), succeeded("b", 2)))))
        .containsExactly(WriteResult.APPLIED);
  }

  @Test
  void aParkedSagaHasNoOwnerAndIsDueAfterAWhile() {
    Fence fence = started(store, node);
    Duration absurd = Duration.ofDays(Long.MAX_VALUE / 86_400);
    for (Duration after : List.of(Duration.ofHours(1), absurd)) {
      Fence parked = started(store, node);
      store.write(
          List.of(
              new Transition(
                  parked, List.of(), new SagaChange.Park(after, null, Lane.ORDINARY), Links.NONE)));
      assertThat(saga(parked).owner()).isNull();
      assertThat(saga(parked).wakeAt()).isAfter(saga(fence).createdAt().plusSeconds(3_000));
    }
  }

  @Test
  void aLockedSagaDelaysNoOther() throws Exception {
    Fence locked = started(store, node);
    Fence free = started(store, node);
    List<Transition> batch =
        List.of(recorded(locked, succeeded("a", 1)), ended(free, succeeded("a", 1)));
    try (Connection connection = DATABASE.pool().getConnection()) {
      lock(connection, locked);
      assertThat(store.writeTogether(batch))
          .containsExactly(Optional.empty(), Optional.of(WriteResult.APPLIED));
      assertThat(saga(free).status()).isEqualTo(SagaStatus.COMPLETED);
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(store.write(batch.subList(0, 1))).containsExactly(WriteResult.APPLIED);
  }

  @Test
  void whoHasLostASagaDoesNotWriteUnderTheFenceOfItsNewOwner() {
    Fence fence = started(store, node);
    Fence lost = new Fence(fence.saga(), new NodeId(UUID.randomUUID()), fence.epoch());
    List<Transition> batch =
        List.of(recorded(fence, succeeded("a", 1)), recorded(lost, succeeded("b", 2)));

    assertThat(store.write(batch)).containsExactly(WriteResult.APPLIED, WriteResult.FENCE_LOST);
    assertThat(store.load(fence.saga()).orElseThrow().log())
        .extracting(LogRow::path)
        .containsExactly("a");
  }

  @Test
  void aLockedSagaIsWaitedForAlone() throws Exception {
    Fence plain = started(store, node);
    Fence ends = started(store, node);
    for (Transition transition :
        List.of(recorded(plain, succeeded("a", 1)), ended(ends, succeeded("a", 1)))) {
      CompletableFuture<List<WriteResult>> written;
      try (Connection connection = DATABASE.pool().getConnection()) {
        lock(connection, transition.fence());
        written = CompletableFuture.supplyAsync(() -> store.write(List.of(transition)));
        TestDatabase.await(() -> waitingForLocks() == 1);
        connection.rollback();
        connection.setAutoCommit(true);
      }
      assertThat(written.get(10, TimeUnit.SECONDS)).containsExactly(WriteResult.APPLIED);
    }
  }

  /** Those that wait under a lock timeout: what waits elsewhere would wait for ever. */
  private static int waitingForLocks() {
    return Integer.parseInt(
        DATABASE.value(
            "select count(*) from pg_stat_activity"
                + " where wait_event_type = 'Lock' and query like '% saga_id%'"));
  }

  private static void lock(Connection connection, Fence fence) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "select id from %s.saga where id = '%s' for update"
              .formatted(DATABASE.schema(), fence.saga()));
    }
  }

  @Test
  void writesALargeBatchAtOnce() {
    List<Transition> batch = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Fence fence = started(store, node);
      batch.add(i % 2 == 0 ? recorded(fence, succeeded("a", 1)) : ended(fence, succeeded("a", 1)));
    }
    assertThat(store.write(batch)).hasSize(500).containsOnly(WriteResult.APPLIED);
  }
}
