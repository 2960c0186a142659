package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Engines that share a database, and what each may run, on real PostgreSQL. */
class EngineNodesTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void refusesAnotherStructureUnderTheSameVersionWhileTheFirstIsInUse() {
    var saga = Saga.define("shape", Order.class).key(Order::id).step(steps.recording("a")).build();
    var other = Saga.define("shape", Order.class).key(Order::id).step(steps.recording("b")).build();
    fixture.open(saga);
    SagaEngine second = fixture.built(builder -> builder, other);

    assertThatThrownBy(second::open)
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("shape");
  }

  @Test
  void leavesASagaAloneWhoseDefinitionItDoesNotKnow() throws Exception {
    var known = Saga.define("known", Order.class).key(Order::id).step(steps.recording("a")).build();
    var unknown =
        Saga.define("unknown", Order.class)
            .key(Order::id)
            .step(
                OrderSteps.failing(
                    "never", Retry.exponential(Duration.ofMillis(100)).attemptsUnlimited()))
            .build();
    SagaEngine first = fixture.open(unknown);
    var id = first.start(unknown, Order.of("o1")).id();
    first.close();
    SagaEngine second = fixture.open(known);
    second.start(known, Order.of("o2")).await(EngineFixture.SOON);

    SagaView view = second.view(id).orElseThrow();
    assertThat(view.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(view.next()).isEqualTo("a node that knows this definition goes on with it");
  }

  @Test
  void handsItsSagasOverWhenItCloses() throws Exception {
    var interrupted = new AtomicBoolean();
    var begun = new CountDownLatch(1);
    var hanging =
        Step.named("hanging", Order.class)
            .remote(
                (order, call) -> {
                  begun.countDown();
                  if (call.attempt() == 1) {
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      interrupted.set(true);
                      throw e;
                    }
                  }
                })
            .timeout(Duration.ofMinutes(5))
            .retry(QUICK)
            .needsNoCompensation();
    var saga = Saga.define("handover", Order.class).key(Order::id).step(hanging).build();
    SagaEngine first = fixture.open(saga);
    var id = first.start(saga, Order.of("o1")).id();
    begun.await();
    first.close();

    assertThat(interrupted).isTrue();
    assertThat(fixture.database.value("select owner from %s.saga")).isEqualTo("null");
    fixture.await(fixture.open(saga), id, SagaStatus.COMPLETED);
  }
}
