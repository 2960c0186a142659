package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.routed;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas that start others, and are told of them, between transactions open at the same time. */
@Timeout(60)
class LinksTest {
  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);
  private final Fence parent = started(store, node);

  @AfterEach
  void drop() {
    database.close();
  }

  private static Transition starting(Fence fence, NewSaga... sagas) {
    var links = Links.starting(List.of(sagas));
    return new Transition(fence, List.of(succeeded("ship", 1)), null, links);
  }

  private Transition telling(Fence child) {
    var links = Links.telling(new Parent(parent.saga(), "ship"));
    return new Transition(child, List.of(succeeded("a", 1)), new SagaChange.Complete("{}"), links);
  }

  /** A transaction that has started a saga of that key, and has not ended. */
  private Connection holding(String key) throws SQLException {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    store.start(connection, saga(key, null));
    return connection;
  }

  private CompletableFuture<List<WriteResult>> waitingFor(NewSaga... children) {
    var result =
        CompletableFuture.supplyAsync(() -> store.write(List.of(starting(parent, children))));
    TestDatabase.await(() -> !database.value(LOCKED).equals("0"));
    return result;
  }

  private static final String LOCKED =
      """
      select count(*) from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%%insert into "%s".saga (%%'
      """;

  @Test
  void aKeyThatIsHeldIsWaitedForUntilItIsFree() throws Exception {
    NewSaga child = saga("k1", null);
    try (Connection holder = holding("k1")) {
      CompletableFuture<List<WriteResult>> result = waitingFor(child);
      holder.rollback();
      assertThat(result.get(10, TimeUnit.SECONDS)).containsExactly(WriteResult.APPLIED);
    }
    assertThat(store.load(child.id())).isPresent();
  }

  @Test
  void aKeyThatIsHeldAndThenTakenIsADuplicate() throws Exception {
    NewSaga child = saga("k1", null);
    try (Connection holder = holding("k1")) {
      CompletableFuture<List<WriteResult>> result = waitingFor(child);
      holder.commit();
      assertThat(result.get(10, TimeUnit.SECONDS)).containsExactly(WriteResult.DUPLICATE);
    }
    assertThat(store.load(parent.saga()).orElseThrow().log()).isEmpty();
  }

  @Test
  void whatIsWrittenTogetherStartsNothingAndWaitsForNobody() throws SQLException {
    Fence plain = started(store, node);
    var transitions = List.of(starting(parent, saga("k1", null)), starting(plain));
    try (Connection holder = holding("k1")) {
      var together = store.writeTogether(transitions);
      assertThat(together.getFirst()).isEmpty();
      assertThat(together.getLast()).contains(WriteResult.APPLIED);
      holder.rollback();
    }
    assertThat(store.writeTogether(transitions.subList(0, 1)).getFirst()).isEmpty();
    assertThat(store.find("place-order", "k1")).isEmpty();
  }

  @Test
  void keysAreTakenInOneOrderSoThatNoTwoWaitForEachOther() throws Exception {
    try (Connection holder = holding("a")) {
      CompletableFuture<List<WriteResult>> result = waitingFor(saga("b", null), saga("a", null));
      assertThat(store.startTogether(List.of(saga("b", null))).getFirst())
          .containsInstanceOf(StartResult.Started.class);
      holder.rollback();
      assertThat(result.get(10, TimeUnit.SECONDS)).containsExactly(WriteResult.DUPLICATE);
    }
    assertThat(store.find("place-order", "a")).isEmpty();
  }

  @Test
  void aParentThatIsLockedIsToldAtOnceAndRoutedLater() throws SQLException {
    Fence local = started(store, node);
    List<Transition> remote = List.of(telling(started(store, node)), telling(started(store, node)));
    try (Connection holder = database.pool().getConnection()) {
      holder.setAutoCommit(false);
      database.execute(
          holder, "select 1 from %s.saga where id = '" + parent.saga().value() + "' for update");

      assertThat(store.writeTogether(remote)).allMatch(result -> result.isPresent());
      store.runLocal(local, Fixtures.LIMIT, tx -> telling(local));
      assertThat(routed(store, 10)).isZero();
      holder.rollback();
    }
    assertThat(routed(store, 10)).isEqualTo(3);
    assertThat(store.signals(parent.saga()).routed()).isEqualTo(3);
  }

  @Test
  void aBatchOfEndsTellsItsParentsInOneCommit() {
    List<Transition> ends = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      ends.add(telling(started(store, node)));
    }

    assertThat(store.writeTogether(ends)).allMatch(result -> result.isPresent());
    assertThat(database.value("select count(distinct xmin::text) from %s.saga_signal"))
        .isEqualTo("1");
    assertThat(store.signals(parent.saga()).pending()).hasSize(100);
  }
}
