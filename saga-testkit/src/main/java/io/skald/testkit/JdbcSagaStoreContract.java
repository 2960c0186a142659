package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.StartResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * {@link SagaStoreContract} with the facts of stores that sagas can be started and signalled in by
 * JDBC.
 */
public abstract class JdbcSagaStoreContract extends SagaStoreContract {
  /** For subclasses. */
  protected JdbcSagaStoreContract() {}

  /** A new connection to the store's database with autocommit off, which the fact closes. */
  protected abstract Connection connection() throws SQLException;

  @Test
  void aJoinedStartIsThereOnceItsTransactionIs() throws SQLException {
    try (Connection connection = connection()) {
      NewSaga saga = of(ORDER, "k1");
      StartResult result = store().start(connection, saga);
      assertThat(result).isInstanceOf(StartResult.Started.class);
      assertThat(store().load(saga.id())).isEmpty();
      connection.commit();
      assertThat(claim(join(LONG))).extracting(StoreScene::id).containsExactly(saga.id());
    }
  }

  @Test
  void aJoinedStartGoesWithItsTransaction() throws SQLException {
    try (Connection connection = connection()) {
      store().start(connection, of(ORDER, "k1"));
      connection.rollback();
    }
    assertThat(store().find("order", "k1")).isEmpty();
    assertThat(start(of(ORDER, "k1"))).isInstanceOf(StartResult.Started.class);
  }

  @Test
  void aJoinedStartOfATakenKeySpoilsNothing() throws SQLException {
    StartResult first = start(of(ORDER, "k1"));
    try (Connection connection = connection()) {
      StartResult result = store().start(connection, of(ORDER, "k1"));
      assertThat(result).isInstanceOf(StartResult.Existing.class);
      assertThat(result.saga().id()).isEqualTo(first.saga().id());
      store().start(connection, of(ORDER, "k2"));
      connection.commit();
    }
    assertThat(store().find("order", "k2")).isPresent();
  }

  @Test
  void aJoinedSignalTouchesNoSagaUntilItIsRouted() throws SQLException {
    NodeId node = join(LONG);
    Fence fence = started(node);
    change(fence, new SagaChange.Park(Duration.ofHours(1), 0, Lane.ORDINARY));
    try (Connection connection = connection()) {
      store().signal(connection, to(fence, "paid"));
      store().signal(connection, to(fence, "shipped"));
      assertThat(route(10)).isZero();
      assertThat(store().signals(fence.saga()).pending()).isEmpty();
      connection.commit();
    }
    assertThat(store().signals(fence.saga()).routed()).isZero();
    assertThat(store().signals(fence.saga()).pending()).hasSize(2);
    assertThat(claim(node)).isEmpty();

    assertThat(route(10)).isEqualTo(2);
    assertThat(store().signals(fence.saga()).routed()).isEqualTo(2);
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(fence.saga());
    assertThat(route(10)).isZero();
  }

  @Test
  void aJoinedSignalGoesWithItsTransaction() throws SQLException {
    Fence fence = started(join(LONG));
    NewSignal signal = to(fence, "paid");
    try (Connection connection = connection()) {
      store().signal(connection, signal);
      connection.rollback();
    }
    assertThat(route(10)).isZero();
    assertThat(store().signals(fence.saga()).pending()).isEmpty();
    assertThat(store().signal(signal)).isEqualTo(SignalResult.ACCEPTED);
  }

  @Test
  void aJoinedSignalThatIsThereAlreadySpoilsNothing() throws SQLException {
    Fence fence = started(join(LONG));
    NewSignal first = to(fence, "@w");
    store().signal(first);
    try (Connection connection = connection()) {
      assertThat(store().signal(connection, first)).isEqualTo(SignalResult.REPEATED);
      assertThat(store().signal(connection, to(fence, "@w"))).isEqualTo(SignalResult.PRECEDED);
      assertThat(store().signal(connection, to(fence, "paid"))).isEqualTo(SignalResult.ACCEPTED);
      connection.commit();
    }
    route(10);
    assertThat(store().signals(fence.saga()).routed()).isEqualTo(2);
  }

  @Test
  void aJoinedSignalNeedsATransactionToJoin() throws SQLException {
    try (Connection connection = connection()) {
      connection.setAutoCommit(true);
      assertThatThrownBy(() -> store().signal(connection, to("k1", "paid")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("connection: autocommit is on");
    }
    assertThat(route(10)).isZero();
  }
}
