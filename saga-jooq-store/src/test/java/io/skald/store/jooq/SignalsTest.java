package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.routed;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Signals between transactions that are open at the same time. */
@Timeout(60)
class SignalsTest {
  private static final int SAGAS = 20;
  private static final int SIGNALS = 500;
  private static final int SENDERS = 8;

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();

  @AfterEach
  void drop() {
    database.close();
  }

  private static NewSignal to(String key) {
    return new NewSignal(UUID.randomUUID(), ORDERS.name(), key, "paid", "1", null);
  }

  private NewSaga started(String key) {
    NewSaga saga = saga(key, null);
    store.start(List.of(saga));
    return saga;
  }

  private Signals signals(NewSaga saga) {
    return store.signals(saga.id());
  }

  @Test
  void everySignalCountsOnceWhoeverSendsAndRoutes() throws Exception {
    List<NewSaga> sagas = IntStream.range(0, SAGAS).mapToObj(n -> started("k" + n)).toList();
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int sender = 0; sender < SENDERS; sender++) {
      int from = sender;
      tasks.add(() -> send(from));
    }
    tasks.add(() -> route(SIGNALS));
    tasks.add(() -> route(SIGNALS));
    assertThat(atOnce(tasks)).startsWith(63, 63, 63, 63, 62, 62, 62, 62);
    while (routed(store, 100) > 0) {
      // what a router that came early has left
    }

    assertThat(sagas)
        .allSatisfy(
            saga -> {
              assertThat(signals(saga).routed()).isEqualTo(SIGNALS / SAGAS);
              assertThat(signals(saga).pending()).hasSize(SIGNALS / SAGAS);
            });
  }

  /** Sends every eighth signal, every other one in a transaction of the caller's. */
  private int send(int sender) throws SQLException {
    int sent = 0;
    for (int n = sender; n < SIGNALS; n += SENDERS) {
      NewSignal signal = to("k" + n % SAGAS);
      if ((n / SENDERS) % 2 == 0) {
        assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);
      } else {
        join(signal);
      }
      sent++;
    }
    return sent;
  }

  private void join(NewSignal signal) throws SQLException {
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      store.signal(connection, signal);
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private int route(int times) {
    int routed = 0;
    for (int i = 0; i < times; i++) {
      routed += routed(store, 7);
    }
    return routed;
  }

  private static <R> List<R> atOnce(List<Callable<R>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      List<R> results = new ArrayList<>();
      for (Future<R> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    }
  }

  @Test
  void aLockedSagaHoldsUpNeitherTheRouterNorOtherSagasSignals() throws SQLException {
    NewSaga locked = started("locked");
    NewSaga free = started("free");
    try (Connection holder = lock(locked)) {
      for (int i = 0; i < 5; i++) {
        join(to("locked"));
      }
      join(to("free"));

      assertThat(routed(store, 2)).isOne();
      assertThat(signals(free).routed()).isOne();
      assertThat(routed(store, 2)).isZero();
      assertThat(signals(locked).routed()).isZero();
      holder.rollback();
    }
    assertThat(routed(store, 10)).isEqualTo(5);
    assertThat(signals(locked).routed()).isEqualTo(5);
  }

  @Test
  void aSignalToALockedSagaIsWrittenAfterAMomentAndRoutedLater() throws SQLException {
    NewSaga locked = started("locked");
    NewSignal signal = to("locked");
    try (Connection holder = lock(locked)) {
      assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);
      assertThat(signals(locked).routed()).isZero();
      assertThat(signals(locked).pending())
          .extracting(PendingSignal::id)
          .containsExactly(signal.id());
      holder.rollback();
    }
    assertThat(store.signal(signal)).isEqualTo(SignalResult.REPEATED);
    assertThat(routed(store, 10)).isOne();
    assertThat(signals(locked).routed()).isOne();
  }

  @Test
  void whatIsSaidOfAStepIsLookedAtOnceNothingElseCanEndIt() throws Exception {
    NewSaga saga = started("o1");
    database.execute(
        "insert into %s.saga_log (saga_id, path, direction, step_name, seq, status, attempt,"
            + " attempt_base, epoch) values ('"
            + saga.id().value()
            + "', 'book', 'ACTION', 'book', 1, 'WAITING', 1, 0, 0)");
    var completion = new NewSignal(UUID.randomUUID(), ORDERS.name(), "o1", "@book#0", "1", null);
    try (Connection holder = lock(saga);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      database.execute(holder, "update %s.saga_log set status = 'UNKNOWN'");
      Future<SignalResult> result = threads.submit(() -> store.signal(completion));
      TestDatabase.await(
          () ->
              !database
                  .value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                  .equals("0"));
      holder.commit();

      assertThat(result.get()).isEqualTo(SignalResult.CLOSED);
    }
    assertThat(signals(saga).pending()).isEmpty();
  }

  private Connection lock(NewSaga saga) throws SQLException {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    database.execute(
        connection, "select 1 from %s.saga where id = '" + saga.id().value() + "' for update");
    return connection;
  }

  @Test
  void anEarlySignalWaitsForTheRouterBecauseAStartMayBeUnderWay() throws SQLException {
    NodeId node = joined(store);
    NewSaga saga = saga("k1", node);
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      store.start(connection, saga);
      assertThat(store.signal(to("k1"))).isEqualTo(SignalResult.EARLY);
      connection.commit();
      connection.setAutoCommit(true);
    }
    assertThat(signals(saga).routed()).isZero();
    assertThat(routed(store, 10)).isOne();
    assertThat(signals(saga).routed()).isOne();
  }

  @Test
  void manySignalsAreConsumedInOneCommit() {
    NodeId node = joined(store);
    List<Transition> transitions = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      NewSaga saga = saga("k" + n, node);
      store.start(List.of(saga));
      NewSignal signal = to("k" + n);
      store.signal(signal);
      var fence = new Fence(saga.id(), node, 0);
      transitions.add(
          new Transition(
              fence, List.of(succeeded("w", 1)), null, Links.consuming(List.of(signal.id()))));
    }

    assertThat(store.write(transitions)).containsOnly(WriteResult.APPLIED);
    assertThat(database.value("select count(distinct xmin::text) from %s.saga_signal"))
        .isEqualTo("1");
    assertThat(database.value("select distinct consumed_path from %s.saga_signal")).isEqualTo("w");
    assertThat(store.unclaimed(Duration.ZERO, SignalPosition.START, 10).unclaimed()).isEmpty();
  }
}
