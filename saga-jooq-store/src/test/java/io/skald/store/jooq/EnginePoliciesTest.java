package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What spent attempts mean, where a definition says so. */
class EnginePoliciesTest {
  private static final Signal<String> GO = Signal.named("go", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final AtomicBoolean isUp = new AtomicBoolean();

  @AfterEach
  void close() {
    fixture.close();
  }

  private RemoteStep<Order, String> flaky() {
    return Step.named("flaky", Order.class)
        .remote(
            String.class,
            (order, call) -> {
              if (!isUp.get()) {
                throw new IOException("down");
              }
              return "answer";
            })
        .retry(Retry.never());
  }

  private CompensatableStep<Order, String> compensated(RemoteStep<Order, String> step) {
    return step.compensation(
        (order, result, call) -> steps.calls().add("compensated: " + result.orElse("nothing")));
  }

  private static CompensatableStep<Order, Done> refusing() {
    return Step.named("refusing", Order.class)
        .remote(
            (order, call) -> {
              throw new PermanentFailure("no");
            })
        .needsNoCompensation();
  }

  @Test
  void goesOnWithAnotherResult() throws Exception {
    var step = compensated(flaky().ifSpent(Spent.goOnWith("fallback")));
    SagaDefinition<Order, String> saga =
        Saga.define("going-on", Order.class)
            .step(step)
            .returning(String.class, (order, results) -> results.resultOf(step));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("fallback"));
    assertThat(engine.view(handle.id()).orElseThrow().steps())
        .extracting(SagaView.StepView::status)
        .containsExactly(LogStatus.UNKNOWN);
  }

  private SagaDefinition<Order, String> waitingAfter(RemoteStep<Order, String> step) {
    var placed = compensated(step);
    return Saga.define("going-on", Order.class)
        .step(placed)
        .step(Step.await("go", GO).within(Duration.ofDays(1)).orCompensate())
        .returning(String.class, (order, results) -> results.resultOf(placed));
  }

  @Test
  void theResultItWentOnWithStaysWhateverIsDeployedNext() throws Exception {
    for (RemoteStep<Order, String> next :
        List.of(flaky().ifSpent(Spent.goOnWith("second")), flaky())) {
      var deployed = waitingAfter(flaky().ifSpent(Spent.goOnWith("first")));
      SagaEngine before = fixture.open(deployed);
      SagaId id = before.start(deployed, Order.of("o1")).id();
      Awaitility.await().until(() -> before.view(id).orElseThrow().steps().size() == 2);
      before.close();
      var redeployed = waitingAfter(next);
      SagaEngine engine = fixture.open(redeployed);
      engine.signal(id, GO, "go");

      SagaHandle<String> handle = engine.find(redeployed, id.toString()).orElseThrow();
      assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("first"));
      assertThat(engine.view(id).orElseThrow().steps().getFirst().decision())
          .hasValue("the saga went on with another result");
      engine.close();
    }
  }

  @Test
  void compensatesIfWhatItWouldGoOnWithCannotBeRecorded() throws Exception {
    var step = compensated(flaky().ifSpent(Spent.goOnWith("x".repeat(2 << 20))));
    SagaDefinition<Order, Done> saga = Saga.define("going-on", Order.class).step(step).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class,
            end -> assertThat(end.reason()).startsWith("SagaDataException: fallback: "));
    assertThat(steps.calls()).containsExactly("compensated: nothing");
  }

  @Test
  void compensatesWhatItWentOnFromIfItMayHaveTakenEffect() throws Exception {
    var step = compensated(flaky().ifSpent(Spent.goOnWith("fallback")));
    SagaDefinition<Order, Done> saga =
        Saga.define("going-on", Order.class).step(step).step(refusing()).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("refusing", "PermanentFailure: no"));
    assertThat(steps.calls()).containsExactly("compensated: nothing");
  }

  @Test
  void aRefusalIsNoSpentBudget() throws Exception {
    var step =
        Step.named("refused", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  throw new PermanentFailure("no");
                })
            .ifSpent(Spent.goOnWith("fallback"))
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga = Saga.define("refused", Order.class).step(step).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("refused", "PermanentFailure: no"));
  }

  @Test
  void asksAnOperatorWhoLetsItTryAgain() throws Exception {
    var step = compensated(flaky().ifSpent(Spent.askOperator()));
    SagaDefinition<Order, String> saga =
        Saga.define("asking", Order.class)
            .step(step)
            .returning(String.class, (order, results) -> results.resultOf(step));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    SagaView stuck = fixture.await(engine, handle.id(), SagaStatus.STUCK);
    assertThat(stuck.reason())
        .hasValue("its attempts are spent, and an operator decides; IOException: down");
    isUp.set(true);
    engine.operator().retry(handle.id(), "ada", "it is up again");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("answer"));
  }

  @Test
  void asksAnOperatorWhoCancels() throws Exception {
    var step = compensated(flaky().ifSpent(Spent.askOperator()));
    SagaDefinition<Order, Done> saga = Saga.define("asking", Order.class).step(step).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.STUCK);

    engine.operator().cancel(handle.id(), "ada", "not worth it");

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls()).containsExactly("compensated: nothing");
  }

  @Test
  void skipsACompensationWhoseAttemptsAreSpent() throws Exception {
    isUp.set(true);
    var stubborn =
        flaky()
            .compensation(
                (order, result, call) -> {
                  throw new IOException("down");
                })
            .compensationRetry(Retry.never())
            .compensationSkippedIfSpent();
    SagaDefinition<Order, Done> saga =
        Saga.define("skipping", Order.class)
            .step(steps.recording("row"))
            .step(stubborn)
            .step(refusing())
            .build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
    assertThat(engine.view(handle.id()).orElseThrow().steps())
        .filteredOn(step -> step.direction() == Direction.COMPENSATION)
        .extracting(SagaView.StepView::status)
        .containsExactly(LogStatus.SKIPPED, LogStatus.SUCCEEDED);
  }
}
