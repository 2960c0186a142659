package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas that other sagas started, in the long run: retention, and starts made again. */
class EngineFamiliesTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final AtomicBoolean isRefused = new AtomicBoolean();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A saga with a key of its own. */
  private SagaDefinition<String, String> insurance() {
    var insure =
        Step.named("insure", String.class)
            .remote(
                String.class,
                (in, call) -> {
                  if (isRefused.get()) {
                    throw new PermanentFailure("too risky");
                  }
                  return "policy of " + in;
                })
            .compensation((in, policy, call) -> steps.calls().add("insurance compensated"));
    return Saga.define("insurance", String.class)
        .key(in -> in)
        .step(insure)
        .returning(String.class, (in, results) -> results.resultOf(insure));
  }

  @Test
  void retentionKeepsACompletedSagaThatItsParentMayHaveToCompensate() throws Exception {
    var insure = Step.saga("insure-it", Order.class, insurance(), (order, results) -> order.id());
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(20)).orCompensate();
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class).step(insure).step(approval).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    String waiting = "select count(*) from %s.saga_log where path = 'approval'";
    Awaitility.await().until(() -> fixture.database.value(waiting).equals("1"));

    assertThat(Fixtures.purged(fixture.database.store(), Duration.ZERO, 500)).isZero();
    engine.operator().cancel(handle.id(), "ada", "changed my mind");
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls()).containsExactly("insurance compensated");
  }

  private SagaDefinition<Order, String> insuringAfterThePivot() {
    var insure = Step.saga("insure-it", Order.class, insurance(), (order, results) -> order.id());
    return Saga.define("parent", Order.class)
        .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
        .step(insure.afterPivot())
        .returning(String.class, (order, results) -> results.resultOf(insure));
  }

  @Test
  void aSagaWithAKeyOfItsOwnIsStartedAnewWhenItsStepIsRetried() throws Exception {
    isRefused.set(true);
    var saga = insuringAfterThePivot();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.STUCK);
    engine.operator().retry(handle.id(), "ada", "perhaps now");
    fixture.await(engine, handle.id(), SagaStatus.STUCK);
    isRefused.set(false);
    engine.operator().retry(handle.id(), "ada", "the risk is gone");

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("policy of o1"));
    for (String key : List.of("o1", "o1:2", "o1:3")) {
      assertThat(engine.find(insurance(), key)).isPresent();
    }
  }

  @Test
  void saysWhoseTheSagaIsThatHoldsTheKey() throws Exception {
    var saga = insuringAfterThePivot();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> first = engine.start(saga, Order.of("o1"));
    first.await(EngineFixture.SOON);
    SagaHandle<String> second = engine.start(saga, Order.of("o1"));

    var there = engine.find(insurance(), "o1").orElseThrow();
    assertThat(fixture.await(engine, second.id(), SagaStatus.STUCK).reason().orElseThrow())
        .contains(
            "the saga it starts was started already: insurance of key o1, as %s, by saga %s at step insure-it"
                .formatted(there.id(), first.id()));
  }

  @Test
  void saysWhichSagaHoldsTheKeyThatNoOtherStarted() throws Exception {
    var saga = insuringAfterThePivot();
    SagaEngine engine = fixture.open(saga, insurance());
    SagaHandle<String> own = engine.start(insurance(), "o1");
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(fixture.await(engine, handle.id(), SagaStatus.STUCK).reason().orElseThrow())
        .contains(", as %s (expected: a key of its own)".formatted(own.id()));
  }
}
