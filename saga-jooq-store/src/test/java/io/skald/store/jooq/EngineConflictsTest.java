package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.step.CompensatableStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas on a database that refuses one statement or commit in ten, whosever it is. */
class EngineConflictsTest {
  private static final int SAGAS = 40;
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final Random random = new Random(1);
  private final ConflictingPool conflicts = new ConflictingPool(this::isStruck);
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final SagaDefinition<Order, Done> child =
      Saga.define("child", Order.class).key(Order::id).step(steps.recording("child")).build();
  private final SagaDefinition<Order, Done> saga =
      Saga.define("order", Order.class)
          .key(Order::id)
          .semaphore("orders", 8)
          .step(steps.recording("first"))
          .step(Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate())
          .step(Step.saga("child", Order.class, child, (order, results) -> order))
          .step(steps.recording("second"))
          .step(lastly())
          .build();

  private volatile boolean isOver;

  @AfterEach
  void close() {
    isOver = true;
    fixture.close();
  }

  private synchronized boolean isStruck() {
    return !isOver && random.nextInt(10) == 0;
  }

  private CompensatableStep<Order, Done> lastly() {
    return Step.named("lastly", Order.class)
        .remote(
            (order, call) -> {
              if (order.note().equals("refused")) {
                throw new PermanentFailure("no");
              }
            })
        .retry(QUICK)
        .guard("bank")
        .needsNoCompensation();
  }

  private static Order order(int number) {
    return new Order("o" + number, number % 2 == 0 ? "refused" : "fine");
  }

  @Test
  void everySagaEndsAndNothingIsDoneTwice() {
    SagaEngine engine =
        fixture.openOn(
            fixture.database.store(conflicts.over(fixture.database.pool())),
            builder -> builder.limit(Limit.concurrent("bank", 4)),
            saga);
    List<Order> orders = IntStream.range(0, SAGAS).mapToObj(EngineConflictsTest::order).toList();

    for (Order order : orders) {
      insistently(() -> engine.start(saga, order));
      insistently(
          () -> {
            engine.signal(saga, order.id(), APPROVED, "by olga");
            return order;
          });
    }

    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> count("finished_at is not null") == SAGAS);
    assertThat(conflicts.struck()).isGreaterThan(SAGAS);
    assertThat(count("status = 'COMPLETED'")).isEqualTo(SAGAS / 2);
    assertThat(count("status = 'COMPENSATED'")).isEqualTo(SAGAS / 2);
    assertThat(fixture.database.count("business"))
        .as("rows of three steps of the sagas that completed")
        .isEqualTo(3 * SAGAS / 2);
    assertThat(fixture.database.count("saga_lock")).isZero();
    TestDatabase.await(() -> fixture.database.count("saga_limit_permit") == 0);
  }

  private int count(String condition) {
    return Integer.parseInt(
        fixture.database.value(
            "select count(*) from %s.saga where definition = 'order' and " + condition));
  }

  /** As a caller does whose transaction is refused for good: both calls may be repeated. */
  private static void insistently(Supplier<?> call) {
    for (int tries = 1; ; tries++) {
      try {
        var unused = call.get();
        return;
      } catch (SagaStoreException e) {
        if (e.kind() != SagaStoreException.Kind.TRANSIENT || tries == 10) {
          throw e;
        }
      }
    }
  }
}
