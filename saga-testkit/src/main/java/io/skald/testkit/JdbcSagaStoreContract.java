package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.StartResult;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** {@link SagaStoreContract} with the facts of stores that sagas can be started in by JDBC. */
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
}
