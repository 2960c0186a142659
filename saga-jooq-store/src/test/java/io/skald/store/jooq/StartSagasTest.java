package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StartSagasTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final JooqSagaStore store = DATABASE.store();
  private final NodeId node = joined(store);

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  @Test
  void aSecondStartOfAKeyFindsTheFirst() {
    NewSaga first = saga("twice", node);
    NewSaga second = saga("twice", node);

    assertThat(store.start(List.of(first, second)))
        .satisfiesExactly(
            one -> assertThat(one).isInstanceOf(StartResult.Started.class),
            two -> assertThat(two).isInstanceOf(StartResult.Existing.class))
        .allSatisfy(result -> assertThat(result.saga().id()).isEqualTo(first.id()));
  }

  @Test
  void theSameStartAgainIsStarted() {
    NewSaga start = saga(node);
    SagaRow first = store.start(List.of(start)).getFirst().saga();

    assertThat(store.start(List.of(start))).containsExactly(new StartResult.Started(first));
  }

  @Test
  void whatIsReadIsWhatWasStarted() {
    NewSaga start =
        new NewSaga(
            new SagaId(UUID.randomUUID()),
            Fixtures.ORDERS,
            "k'{}\\\"%s ü🎈",
            Map.of("order_id", "a,\"b\"\\ {}", "empty", "", "null", "NULL", "ü", "🎈\n\t"),
            "{\"n\":1e999}",
            "digest",
            Duration.ofDays(3),
            null,
            null,
            Lane.ORDINARY);
    SagaRow started = store.start(List.of(start)).getFirst().saga();

    assertThat(store.load(start.id()).orElseThrow().saga()).isEqualTo(started);
    assertThat(store.find("place-order", start.businessKey())).contains(started);
    assertThat(started.attributes()).isEqualTo(start.attributes());
    assertThat(started.wakeAt()).isNotNull();
    assertThat(started.deadlineAt()).isNotNull();
  }

  @Test
  void aKeyHeldByAnOpenTransactionDelaysNoOtherStart() throws Exception {
    List<NewSaga> batch = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      batch.add(saga(node));
    }
    NewSaga held = saga(batch.get(17).businessKey(), null);
    CompletableFuture<List<StartResult>> results;
    try (Connection connection = DATABASE.pool().getConnection()) {
      connection.setAutoCommit(false);
      store.start(connection, held);
      List<Optional<StartResult>> together = store.startTogether(batch);
      assertThat(together.get(17)).isEmpty();
      assertThat(together).filteredOn(Optional::isPresent).hasSize(63);
      results = CompletableFuture.supplyAsync(() -> store.start(batch));
      TestDatabase.await(() -> startedOf(batch) == 63);
      connection.commit();
      connection.setAutoCommit(true);
    }
    List<StartResult> answers = results.get(10, TimeUnit.SECONDS);
    assertThat(answers.get(17)).isInstanceOf(StartResult.Existing.class);
    assertThat(answers.get(17).saga().id()).isEqualTo(held.id());
    assertThat(answers).filteredOn(StartResult.Started.class::isInstance).hasSize(63);
  }

  private int startedOf(List<NewSaga> batch) {
    return store.rows(batch.stream().map(NewSaga::id).toList()).size();
  }

  @Test
  void aJoinedStartExistsIfTheCallerCommits() throws Exception {
    try (Connection connection = DATABASE.pool().getConnection()) {
      connection.setAutoCommit(false);
      NewSaga dropped = saga(null);
      assertThat(store.start(connection, dropped)).isInstanceOf(StartResult.Started.class);
      connection.rollback();
      NewSaga kept = saga(null);
      store.start(connection, kept);
      assertThat(store.start(connection, saga(kept.businessKey(), null)))
          .isInstanceOf(StartResult.Existing.class);
      connection.commit();
      connection.setAutoCommit(true);

      assertThat(store.load(dropped.id())).isEmpty();
      assertThat(store.load(kept.id())).isPresent();
    }
  }

  @Test
  void aJoinedStartNeedsATransaction() throws Exception {
    try (Connection connection = DATABASE.pool().getConnection()) {
      assertThatThrownBy(() -> store.start(connection, saga(null)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("autocommit");
    }
  }
}
