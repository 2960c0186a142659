package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas started in jOOQ's transactions, on real PostgreSQL. */
class JooqSagasTest {
  private final EngineFixture fixture = new EngineFixture();
  private final List<String> ran = new CopyOnWriteArrayList<>();
  private final SagaDefinition<String, Done> saga =
      Saga.define("joined", String.class)
          .key(order -> order)
          .pivot(
              Step.named("work", String.class)
                  .local(
                      (order, tx) -> {
                        ran.add(order);
                      }))
          .build();
  private final SagaEngine engine = fixture.open(saga);
  private final DSLContext dsl =
      new DefaultDSLContext(fixture.database.pool(), SQLDialect.POSTGRES);

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @AfterEach
  void close() {
    // the engine's own threads may wait for a moment; one that a test has left waits on
    var pool = fixture.database.pool().getHikariPoolMXBean();
    TestDatabase.await(() -> pool.getThreadsAwaitingConnection() == 0);
    fixture.close();
  }

  private SagaHandle<Done> placed(Configuration transaction, String order) {
    String table = fixture.database.schema() + ".business";
    transaction.dsl().execute("insert into " + table + " values (?, 'jooq')", order);
    return JooqSagas.joining(engine, transaction).start(saga, order);
  }

  private String businessRows() {
    return fixture.database.value("select coalesce(string_agg(id, ','), '') from %s.business");
  }

  @Test
  void aSagaStartedInATransactionRunsOnceThatHasCommitted() throws Exception {
    SagaHandle<Done> handle =
        dsl.transactionResult(
            transaction -> {
              SagaHandle<Done> started = placed(transaction, "o1");
              assertThatThrownBy(() -> started.await(EngineFixture.SOON))
                  .isInstanceOf(IllegalSagaStateException.class)
                  .hasMessageContaining("committed");
              assertThat(engine.find(saga, "o1")).isEmpty();
              return started;
            });

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(ran).containsExactly("o1");
    assertThat(businessRows()).isEqualTo("o1");
  }

  @Test
  void aSagaStartedInATransactionThatRollsBackNeverWas() throws Exception {
    assertThatThrownBy(
            () ->
                dsl.transaction(
                    transaction -> {
                      placed(transaction, "o1");
                      throw new Refused();
                    }))
        .isInstanceOf(Refused.class);

    assertThat(engine.find(saga, "o1")).isEmpty();
    assertThat(businessRows()).isEmpty();
    SagaHandle<Done> again = dsl.transactionResult(transaction -> placed(transaction, "o1"));
    assertThat(again.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(ran).containsExactly("o1");
  }

  @Test
  void aNestedTransactionThatRollsBackTakesItsSagaWithItAndNoOther() throws Exception {
    SagaHandle<Done> outer =
        dsl.transactionResult(
            transaction -> {
              SagaHandle<Done> kept = placed(transaction, "outer");
              assertThatThrownBy(
                      () ->
                          transaction
                              .dsl()
                              .transaction(
                                  nested -> {
                                    placed(nested, "inner");
                                    throw new Refused();
                                  }))
                  .isInstanceOf(Refused.class);
              return kept;
            });

    assertThat(outer.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(engine.find(saga, "inner")).isEmpty();
    assertThat(businessRows()).isEqualTo("outer");
    assertThat(ran).containsExactly("outer");
  }

  @Test
  void aNestedTransactionThatEndsWellCommitsItsSagaWithTheOuterOne() throws Exception {
    var inner = new AtomicReference<SagaHandle<Done>>();
    dsl.transaction(
        transaction -> {
          transaction.dsl().transaction(nested -> inner.set(placed(nested, "inner")));
          assertThat(engine.find(saga, "inner")).as("before the outer commit").isEmpty();
        });

    assertThat(inner.get().await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(ran).containsExactly("inner");
  }

  @Test
  void aConfigurationWithoutATransactionIsRefusedAndKeepsNoConnection() {
    SagaClient client = JooqSagas.joining(engine, dsl.configuration());
    int more = fixture.database.pool().getMaximumPoolSize() + 1;
    for (int i = 0; i < more; i++) {
      assertThatThrownBy(() -> client.start(saga, "o1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("autocommit");
    }

    assertThat(engine.find(saga, "o1")).isEmpty();
  }

  @Test
  void aConfigurationWithoutAConnectionIsRefused() {
    Configuration none = new DefaultDSLContext(SQLDialect.POSTGRES).configuration();

    assertThatThrownBy(() -> JooqSagas.joining(engine, none).start(saga, "o1"))
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.PERMANENT))
        .hasMessageContaining("inside a transaction");
  }

  @Test
  void readsAsTheEngineDoes() throws Exception {
    SagaHandle<Done> handle = dsl.transactionResult(transaction -> placed(transaction, "o1"));
    handle.await(EngineFixture.SOON);

    dsl.transaction(
        transaction -> {
          SagaClient client = JooqSagas.joining(engine, transaction);
          assertThat(client.find(saga, "o1").map(SagaHandle::id)).contains(handle.id());
          assertThat(client.view(handle.id())).isEqualTo(engine.view(handle.id()));
          assertThat(client.viewsOfKey("o1")).hasSize(1);
        });
  }
}
