package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several versions of one definition in one engine, on real PostgreSQL. */
class EngineVersionsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final SagaDefinition<Order, Integer> first = version(1, "old");
  private final SagaDefinition<Order, Integer> second = version(2, "new");

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaDefinition<Order, Integer> version(int number, String last) {
    return Saga.define("versioned", Order.class)
        .version(number)
        .key(Order::id)
        .step(steps.recording("a"))
        .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
        .step(steps.recording(last))
        .returning(Integer.class, (order, results) -> number);
  }

  /** A saga of the first version that waits, and whose engine has gone. */
  private SagaHandle<Integer> leftWaiting() {
    SagaEngine engine = fixture.open(first);
    SagaHandle<Integer> handle = engine.start(first, Order.of("o1"));
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> fixture.database.value("select owner from %s.saga").equals("null"));
    engine.close();
    return handle;
  }

  @Test
  void aSagaStaysOnTheVersionItBeganWithBesideThoseOfTheNext() throws Exception {
    var waiting = leftWaiting();
    SagaEngine both = fixture.open(first, second);
    SagaHandle<Integer> begun = both.start(second, Order.of("o2"));
    both.signal(second, "o1", GO, "now");
    both.signal(second, "o2", GO, "now");

    assertThat(begun.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>(2));
    SagaView old = fixture.await(both, waiting.id(), SagaStatus.COMPLETED);
    assertThat(old.version()).isEqualTo(1);
    assertThat(both.view(begun.id()).orElseThrow().version()).isEqualTo(2);
    assertThat(steps.calls()).containsExactlyInAnyOrder("a", "a", "old", "new");
  }

  /** An order as the third version has it. */
  record WiderOrder(String id, String note, @Nullable String coupon) {}

  @Test
  void aStartRepeatedAfterTheInputGainedAPropertyIsTheSame() {
    var waiting = leftWaiting();
    var wider =
        Saga.define("versioned", WiderOrder.class)
            .version(3)
            .key(WiderOrder::id)
            .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
            .build();
    SagaEngine without = fixture.open(wider);

    assertThat(without.start(wider, new WiderOrder("o1", Order.of("o1").note(), null)).id())
        .isEqualTo(waiting.id());
    assertThatThrownBy(
            () -> without.start(wider, new WiderOrder("o1", Order.of("o1").note(), "C-1")))
        .isInstanceOf(DuplicateSagaException.class);
  }

  @Test
  void aKeyBelongsToTheSagaItBeganWithWhateverVersionIsStartedNext() {
    var waiting = leftWaiting();
    SagaEngine both = fixture.open(first, second);

    assertThat(both.start(second, Order.of("o1")).id()).isEqualTo(waiting.id());
    assertThat(both.view(waiting.id()).orElseThrow().version()).isEqualTo(1);
  }

  @Test
  void aSagaWhoseVersionIsNotDefinedIsLeftAloneAndNamedUntilItIs() {
    var waiting = leftWaiting();
    SagaEngine newest = fixture.open(second);
    newest.signal(second, "o1", GO, "now");
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> !fixture.database.store().orphanedDefinitions().isEmpty());

    assertThat(fixture.database.store().orphanedDefinitions())
        .singleElement()
        .returns("versioned version 1", ref -> ref.words())
        .returns(first.fingerprint(), ref -> ref.fingerprint());
    SagaView left = newest.view(waiting.id()).orElseThrow();
    assertThat(left.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(left.next()).isEqualTo("a node that knows this definition goes on with it");
    assertThat(steps.calls()).containsExactly("a");

    fixture.await(fixture.open(first, second), waiting.id(), SagaStatus.COMPLETED);
    assertThat(steps.calls()).containsExactly("a", "old");
    assertThat(fixture.database.store().orphanedDefinitions()).isEmpty();
  }

  @Test
  void aVersionThatIsNotDefinedIsNotStarted() {
    SagaEngine newest = fixture.open(second);
    assertThatThrownBy(() -> newest.start(first, Order.of("o1")))
        .isInstanceOf(UnknownSagaException.class)
        .hasMessage(
            "saga versioned version 1 is not registered with this engine (expected: define(..)"
                + " before it is started)");
    assertThat(fixture.database.count("saga")).isZero();
  }
}
