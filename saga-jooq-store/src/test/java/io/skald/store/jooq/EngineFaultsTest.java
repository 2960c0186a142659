package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What user code, connections and commits do to an engine at worst, on real PostgreSQL. */
class EngineFaultsTest {
  private static final String WAITING_FOR_A_STANDBY =
      "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aLocalStepWhoseCommitIsInDoubtIsSettledAndNotRepeated() throws Exception {
    var insert =
        Step.named("insert", Order.class)
            .local(
                (order, tx) -> {
                  steps.calls().add("insert");
                  fixture.database.execute(tx.connection(), "set local synchronous_commit = on");
                  fixture.database.execute(
                      tx.connection(), "insert into %s.business values ('" + order.id() + "')");
                })
            .needsNoCompensation();
    var saga =
        Saga.define("in-doubt", Order.class).step(insert).step(steps.recording("then")).build();
    SagaEngine engine = fixture.open(saga);
    TestDatabase database = fixture.database;
    database.execute("alter system set synchronous_standby_names = 'nosuch'");
    database.execute("select pg_reload_conf()");
    try {
      SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
      TestDatabase.await(() -> database.value(WAITING_FOR_A_STANDBY).equals("1"));
      database.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");

      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    } finally {
      database.execute("alter system reset synchronous_standby_names");
      database.execute("select pg_reload_conf()");
    }
    assertThat(steps.calls()).containsExactly("insert", "then");
    assertThat(database.value("select count(*) from %s.business where id = 'o1'")).isEqualTo("1");
    assertThat(database.value("select epoch from %s.saga")).isEqualTo("1");
  }

  @Test
  void survivesUserCodeThatLeavesTheInterruptFlagSet() throws Exception {
    var local =
        Step.named("rude", Order.class)
            .local(
                (order, tx) -> {
                  steps.insert(tx, order.id());
                  Thread.currentThread().interrupt();
                })
            .needsNoCompensation();
    var saga =
        Saga.define("rude", Order.class)
            .key(Order::id)
            .step(local)
            .step(steps.recording("b"))
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void recordsErrorsOfEveryKindWithoutHarm() throws Exception {
    List<Throwable> errors =
        List.of(
            new StackOverflowError("deep"),
            new OutOfMemoryError("big"),
            new NoClassDefFoundError("gone"),
            new IOException("a\u0000b \uD800 " + "x".repeat(20_000)));
    var saga =
        Saga.define("errors", Order.class)
            .key(Order::id)
            .step(
                Step.named("only", Order.class)
                    .remote(
                        (order, call) -> {
                          if (call.attempt() <= errors.size()) {
                            sneaky(errors.get(call.attempt() - 1));
                          }
                        })
                    .retry(QUICK)
                    .needsNoCompensation())
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneaky(Throwable error) throws E {
    throw (E) error;
  }

  @Test
  void givesUpALocalStepAtItsTimeLimit() throws Exception {
    var slow =
        Step.named("slow", Order.class)
            .local(
                (order, tx) -> {
                  steps.insert(tx, order.id());
                  try (PreparedStatement sleep =
                      tx.connection().prepareStatement("select pg_sleep(60)")) {
                    sleep.execute();
                  }
                })
            .timeout(Duration.ofMillis(200))
            .retry(Retry.never())
            .needsNoCompensation();
    var saga = Saga.define("limit", Order.class).key(Order::id).step(slow).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(fixture.database.count("business")).isZero();
  }
}
