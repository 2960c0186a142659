package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Signals that do not hold what is awaited, of waits behind a pivot, on real PostgreSQL. */
class MistypedSignalsTest {
  private static final Signal<Approval> APPROVED = Signal.named("approved", Approval.class);
  private static final Signal<String> MISTYPED = Signal.named("approved", String.class);

  private static final String SEEN = "select signals from %s.saga";
  private static final String OWNED = "select count(owner) from %s.saga";

  private final EngineFixture fixture = new EngineFixture();

  private record Approval(String by) {}

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SagaDefinition<Order, String> approving() {
    var approval =
        Step.await("approval", APPROVED).within(Duration.ofDays(2)).orElse(new Approval("nobody"));
    return Saga.define("approving", Order.class)
        .key(Order::id)
        .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
        .step(approval)
        .returning(String.class, (order, results) -> results.resultOf(approval).by());
  }

  @Test
  void aSignalOfAnotherTypeThanTheDefinitionAwaitsIsRefused() {
    var saga = approving();
    SagaEngine engine = fixture.open(saga);

    assertThatThrownBy(() -> engine.signal(saga, "o1", MISTYPED, "ada"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "signal approved: a java.lang.String (expected: a %s, as step approval of saga"
                + " approving awaits it)",
            Approval.class.getTypeName());
    var list = Signal.named("approved", new TypeRef<List<Approval>>() {});
    assertThatThrownBy(() -> engine.signal(saga, "o1", list, List.of()))
        .hasMessageContaining("a java.util.List<");
    assertThat(fixture.database.count("saga_signal")).isZero();
    engine.signal(saga, "o1", Signal.named("rejected", String.class), "of another name");
    assertThat(fixture.database.count("saga_signal")).isOne();
  }

  @Test
  void aSignalThatCannotBeReadIsLeftAndTheWaitTakesTheNextOne() throws Exception {
    var saga = approving();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> isWaiting(engine, handle));

    engine.signal(handle.id(), MISTYPED, "ada");
    Awaitility.await().until(() -> fixture.database.value(SEEN).equals("1"));
    Awaitility.await().until(() -> fixture.database.value(OWNED).equals("0"));
    SagaView waiting = engine.view(handle.id()).orElseThrow();
    assertThat(waiting.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(waiting.next()).isEqualTo("signal approved, for step approval");
    assertThat(waiting.pendingSignals()).hasSize(1);
    engine.signal(handle.id(), APPROVED, new Approval("bob"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("bob"));
    assertThat(engine.view(handle.id()).orElseThrow().pendingSignals())
        .as("what was left")
        .hasSize(1);
  }

  private static boolean isWaiting(SagaEngine engine, SagaHandle<?> handle) {
    return engine.view(handle.id()).orElseThrow().steps().stream()
        .anyMatch(step -> step.status() == LogStatus.WAITING);
  }

  @Test
  void aSagaThatIsStuckAtNoneOfItsStepsHasNoneToSkip() throws Exception {
    RemoteStep<Order, Done> pivot = Step.named("pivot", Order.class).remote((order, call) -> {});
    SagaDefinition<Order, String> saga =
        Saga.define("resultless", Order.class)
            .pivot(pivot.verify((order, call) -> Outcome.unknown()))
            .returning(
                String.class,
                (order, results) -> {
                  throw new IllegalStateException("no result");
                });
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.STUCK);

    assertThatThrownBy(() -> engine.operator().skip(handle.id(), pivot, Done.DONE, "ada", "done"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageEndingWith(" is stuck at none of its steps (expected: retry it, or resolve it)");
  }
}
