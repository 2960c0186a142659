package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** TCC steps: reserved by a try, then confirmed or cancelled. */
class EngineTccTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  private CompensatableStep<Order, String> tcc(String name) {
    return Step.named(name, Order.class)
        .tryRemote(
            String.class,
            (order, call) -> {
              steps.calls().add("try " + name);
              return "hold of " + name;
            })
        .retry(QUICK)
        .confirm((order, hold, call) -> steps.calls().add("confirm " + hold))
        .cancel((order, hold, call) -> steps.calls().add("cancel " + hold.orElse("nothing")));
  }

  @Test
  void confirmsTheTriesInTheirOrderOnceThePivotHasSucceeded() throws Exception {
    var pivot = Step.named("pivot", Order.class).local((o, tx) -> steps.calls().add("pivot"));
    var after = Step.named("after", Order.class).remote((o, call) -> steps.calls().add("after"));
    SagaDefinition<Order, Done> saga =
        Saga.define("tcc", Order.class)
            .step(tcc("wallet"))
            .step(tcc("stock"))
            .pivot(pivot)
            .step(after)
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(Done.DONE));
    assertThat(steps.calls())
        .containsExactly(
            "try wallet",
            "try stock",
            "pivot",
            "confirm hold of wallet",
            "confirm hold of stock",
            "after");
    assertThat(
            fixture.database.value("select count(*) from %s.saga_log where direction = 'CONFIRM'"))
        .isEqualTo("2");
  }

  @Test
  void cancelsTheTriesInReverseOrderWhenTheSagaCannotGoOn() throws Exception {
    var refusing =
        Step.named("refusing", Order.class)
            .remote(
                (order, call) -> {
                  throw new PermanentFailure("no");
                })
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("tcc", Order.class)
            .step(tcc("wallet"))
            .step(steps.recording("row"))
            .step(tcc("stock"))
            .step(refusing)
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("refusing", "PermanentFailure: no"));
    assertThat(steps.calls())
        .containsExactly(
            "try wallet",
            "row",
            "try stock",
            "cancel hold of stock",
            "row o1 compensated",
            "cancel hold of wallet");
  }

  @Test
  void aConfirmationNamesTheTryByItsKeyAndHasOneOfItsOwn() throws Exception {
    var wallet =
        Step.named("wallet", Order.class)
            .tryRemote(String.class, (order, call) -> call.idempotencyKey())
            .confirm(
                (order, hold, call) -> {
                  steps.calls().add("" + call.actionKey().equals(hold));
                  steps.calls().add(call.idempotencyKey());
                })
            .cancel((order, hold, call) -> {});
    var saga = Saga.define("tcc", Order.class).step(wallet).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(steps.calls()).containsExactly("true", handle.id() + ":wallet:confirm");
  }

  @Test
  void isStuckAtAConfirmationThatCannotSucceedUntilAnOperatorSkipsIt() throws Exception {
    var wallet =
        Step.named("wallet", Order.class)
            .tryRemote(String.class, (order, call) -> "hold")
            .confirm(
                (order, hold, call) -> {
                  throw new IOException("down");
                })
            .confirmRetry(Retry.never())
            .cancel((order, hold, call) -> {});
    SagaDefinition<Order, Done> saga = Saga.define("tcc", Order.class).step(wallet).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    SagaView stuck = fixture.await(engine, handle.id(), SagaStatus.STUCK);
    assertThat(stuck.reason()).hasValue("its confirmation cannot succeed; IOException: down");
    assertThatThrownBy(() -> engine.operator().cancel(handle.id(), "ada", "too late"))
        .hasMessageContaining("point of no return");
    engine.operator().skipConfirmation(handle.id(), wallet, "ada", "captured by hand");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
  }
}
