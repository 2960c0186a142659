package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A definition with an engine of its own beside the engine of the others, on real PostgreSQL. */
@Timeout(120)
class EnginesOfOneProcessTest {
  private static final int REPORTS_AT_ONCE = 2;
  private static final int REPORTS = 20;

  private final EngineFixture fixture = new EngineFixture();
  private final Semaphore paper = new Semaphore(0);
  private final AtomicInteger printing = new AtomicInteger();
  private final AtomicInteger mostPrinting = new AtomicInteger();

  @AfterEach
  void close() {
    paper.release(REPORTS);
    fixture.close();
  }

  private SagaDefinition<Order, Done> report() {
    var print =
        Step.named("print", Order.class)
            .remote(
                (order, call) -> {
                  mostPrinting.accumulateAndGet(printing.incrementAndGet(), Math::max);
                  paper.acquire();
                  printing.decrementAndGet();
                })
            .timeout(Duration.ofMinutes(1))
            .needsNoCompensation();
    return Saga.define("report", Order.class).key(Order::id).step(print).build();
  }

  private static SagaDefinition<Order, Done> order() {
    var call = Step.named("call", Order.class).remote((order, attempt) -> {}).needsNoCompensation();
    return Saga.define("order", Order.class).key(Order::id).step(call).build();
  }

  private static List<SagaHandle<Done>> startAll(
      SagaEngine engine, SagaDefinition<Order, Done> saga, int count) {
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      handles.add(engine.start(saga, Order.of(saga.name() + number)));
    }
    return handles;
  }

  private static void assertCompleted(List<SagaHandle<Done>> handles) throws Exception {
    for (SagaHandle<Done> handle : handles) {
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    }
  }

  @Test
  void oneDefinitionHasAsMuchRoomAsItsOwnEngineAndTheOthersDoNotWaitForIt() throws Exception {
    SagaDefinition<Order, Done> report = report();
    SagaDefinition<Order, Done> order = order();
    SagaEngine reports =
        fixture.open(
            engine ->
                engine.options(
                    EngineFixture.impatient()
                        .withNodeName("reports")
                        .withConcurrency(REPORTS_AT_ONCE)
                        .withUrgentShare(0)),
            report);
    SagaEngine orders =
        fixture.open(
            engine ->
                engine.options(EngineFixture.impatient().withNodeName("orders").withConcurrency(4)),
            order);
    List<SagaHandle<Done>> printed = startAll(reports, report, REPORTS);
    TestDatabase.await(() -> printing.get() == REPORTS_AT_ONCE);

    assertCompleted(startAll(orders, order, 50));
    assertThat(printing).hasValue(REPORTS_AT_ONCE);
    paper.release(REPORTS);
    assertCompleted(printed);
    assertThat(mostPrinting).hasValue(REPORTS_AT_ONCE);
  }
}
