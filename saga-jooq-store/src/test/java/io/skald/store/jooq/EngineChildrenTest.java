package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas that are a step of another one. */
class EngineChildrenTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaDefinition<String, String> child(CompensatableStep<String, String> step) {
    return Saga.define("child", String.class)
        .step(step)
        .returning(String.class, (in, results) -> results.resultOf(step));
  }

  private CompensatableStep<String, String> insuring() {
    return Step.named("insure", String.class)
        .remote(
            String.class,
            (in, call) -> {
              steps.calls().add("insure " + in);
              return "policy of " + in;
            })
        .retry(QUICK)
        .compensation((in, policy, call) -> steps.calls().add("insurance compensated"));
  }

  private CompensatableStep<Order, Done> gate(AtomicBoolean open) {
    return Step.named("gate", Order.class)
        .remote(
            (order, call) -> {
              if (!open.get()) {
                throw new PermanentFailure("closed");
              }
            })
        .needsNoCompensation();
  }

  @Test
  void aSagaAsAStepHasAnIdOfItsOwnAndGivesItsResult() throws Exception {
    var insurance = child(insuring());
    var insure = Step.saga("insure-it", Order.class, insurance, (order, results) -> order.id());
    SagaDefinition<Order, String> saga =
        Saga.define("parent", Order.class)
            .step(insure)
            .returning(String.class, (order, results) -> results.resultOf(insure));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("policy of o1"));
    var started = engine.find(insurance, handle.id() + ":insure-it").orElseThrow();
    assertThat(engine.view(handle.id()).orElseThrow().steps().getFirst().child())
        .hasValue(started.id());
    assertThat(engine.view(started.id()).orElseThrow().parent())
        .hasValue(new SagaView.ParentView(handle.id(), "insure-it"));
  }

  @Test
  void aParentFailsWithTheSagaItStarted() throws Exception {
    var refusing =
        Step.named("insure", String.class)
            .remote(
                String.class,
                (in, call) -> {
                  throw new PermanentFailure("too risky");
                })
            .needsNoCompensation();
    var insure =
        Step.saga("insure-it", Order.class, child(refusing), (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class).step(steps.recording("row")).step(insure).build();

    SagaEnd<Done> end = fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON);

    assertThat(end)
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class,
            compensated -> assertThat(compensated.reason()).contains("compensated: ", "too risky"));
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
  }

  @Test
  void aCompletedSagaIsCompensatedBeforeItsParentGoesOnCompensating() throws Exception {
    var insure =
        Step.saga("insure-it", Order.class, child(insuring()), (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class)
            .step(steps.recording("row"))
            .step(insure)
            .step(gate(new AtomicBoolean()))
            .build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls())
        .containsExactly("row", "insure o1", "insurance compensated", "row o1 compensated");
    assertThat(fixture.database.value("select count(*) from %s.saga where status = 'COMPENSATED'"))
        .isEqualTo("2");
  }

  @Test
  void aRunningSagaIsCancelledWhenItsParentCompensates() throws Exception {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate();
    SagaDefinition<String, Done> waiting =
        Saga.define("waiting", String.class).step(insuring()).step(approval).build();
    var wait = Step.saga("wait", Order.class, waiting, (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class).step(steps.recording("row")).step(wait).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> steps.calls().contains("insure o1"));

    engine.operator().cancel(handle.id(), "ada", "changed my mind");

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls())
        .containsExactly("row", "insure o1", "insurance compensated", "row o1 compensated");
  }

  @Test
  void aParentWaitsForASagaThatIsStuckUntilAnOperatorMovesIt() throws Exception {
    var once = new AtomicBoolean();
    var insure =
        Step.named("insure", String.class)
            .remote(
                String.class,
                (in, call) -> {
                  if (once.compareAndSet(false, true)) {
                    throw new IOException("down");
                  }
                  return "policy";
                })
            .retry(Retry.never())
            .verify((in, call) -> Outcome.unknown());
    SagaDefinition<String, String> insurance =
        Saga.define("child", String.class)
            .pivot(insure)
            .returning(String.class, (in, results) -> results.resultOf(insure));
    var pivot = Step.named("pivot", Order.class).local((order, tx) -> {});
    var step = Step.saga("insure-it", Order.class, insurance, (order, results) -> order.id());
    SagaDefinition<Order, String> saga =
        Saga.define("parent", Order.class)
            .pivot(pivot)
            .step(step.afterPivot())
            .returning(String.class, (order, results) -> results.resultOf(step));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> engine.find(insurance, handle.id() + ":insure-it").isPresent());
    var started = engine.find(insurance, handle.id() + ":insure-it").orElseThrow();

    fixture.await(engine, started.id(), SagaStatus.STUCK);
    assertThat(engine.view(handle.id()).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING);
    engine.operator().retry(started.id(), "ada", "it is up again");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("policy"));
  }
}
