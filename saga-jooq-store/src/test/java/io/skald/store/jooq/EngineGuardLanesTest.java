package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
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
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guard of one node that new sagas keep full, on real PostgreSQL. */
@Timeout(120)
class EngineGuardLanesTest extends EngineLimitScene {
  private static final int REFUSED = 5;

  private final OnePlace bank = new OnePlace();

  /** Lets one attempt pass at a time. */
  private static final class OnePlace implements AttemptGuard {
    final AtomicInteger turnedAway = new AtomicInteger();
    private final Semaphore place = new Semaphore(1);

    @Override
    public <R> R run(String name, Callable<R> attempt) throws Exception {
      if (!place.tryAcquire()) {
        turnedAway.incrementAndGet();
        throw GuardRejectedException.busy(name + " is full", Duration.ofSeconds(1));
      }
      try {
        return attempt.call();
      } finally {
        place.release();
      }
    }

    @Override
    public boolean knows(String name) {
      return name.equals("bank");
    }
  }

  /** Calls a service that takes its time. */
  private static SagaDefinition<Order, Done> slow() {
    var call =
        Step.named("call", Order.class)
            .remote((order, attempt) -> Thread.sleep(100))
            .guard("bank")
            .needsNoCompensation();
    return Saga.define("slow", Order.class).key(Order::id).step(call).build();
  }

  @Test
  void compensationsGetThroughABulkheadThatNewSagasKeepFull() throws Exception {
    SagaDefinition<Order, Done> refused = refused();
    SagaDefinition<Order, Done> slow = slow();
    SagaEngine engine = fixture.open(builder -> builder.guard(bank), refused, slow);
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < REFUSED; number++) {
      handles.add(engine.start(refused, Order.of("r" + number)));
    }
    TestDatabase.await(() -> calls.stream().filter("refuse"::equals).count() == REFUSED);

    int before = bank.turnedAway.get();
    var started = new AtomicInteger();
    try (var pump = Executors.newSingleThreadScheduledExecutor()) {
      Runnable start = () -> engine.start(slow, Order.of("s" + started.incrementAndGet()));
      var pumping = pump.scheduleAtFixedRate(start, 0, 5, TimeUnit.MILLISECONDS);
      TestDatabase.await(() -> bank.turnedAway.get() > before + 50);
      refusing.countDown();

      for (SagaHandle<Done> handle : handles) {
        assertThat(end(handle)).isInstanceOf(SagaEnd.Compensated.class);
      }
      assertThat(pumping.isDone()).isFalse();
      pump.shutdownNow();
    }
  }
}
