package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An engine that closes while the store takes no writes insists no longer than its time allows. */
class CloseInAnOutageTest {
  private static final Set<String> WRITES = Set.of("write", "writeTogether", "settle");

  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofMillis(50);

  private final InMemorySagaStore store = new InMemorySagaStore();
  private final AtomicInteger calls = new AtomicInteger();
  private final CountDownLatch failedTwice = new CountDownLatch(2);
  private volatile boolean isDown;
  private final CountDownLatch polling = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean isPollSlow;

  private final SagaDefinition<String, Done> order =
      Saga.define("order", String.class)
          .key(id -> id)
          .step(
              Step.named("pay", String.class)
                  .remote(
                      (in, call) -> {
                        calls.incrementAndGet();
                        isDown = calls.get() == 1;
                      })
                  .needsNoCompensation())
          .build();

  private SagaStore failing() {
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(),
            new Class<?>[] {SagaStore.class},
            (proxy, method, arguments) -> {
              if (isDown && WRITES.contains(method.getName())) {
                failedTwice.countDown();
                throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
              }
              if (isPollSlow && method.getName().equals("poll")) {
                polling.countDown();
                closing.await();
                Thread.sleep(SHUTDOWN_TIMEOUT.multipliedBy(6));
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private SagaEngine opened() {
    var options =
        EngineOptions.defaults()
            .withPollInterval(Duration.ofMillis(10))
            .withLease(Duration.ofHours(1), Duration.ofSeconds(5))
            .withShutdownTimeout(SHUTDOWN_TIMEOUT);
    SagaEngine engine = SagaEngine.builder(failing()).options(options).define(order).build();
    engine.open();
    return engine;
  }

  /** A lease that is not given up lasts for an hour. */
  @Test
  void givesItsSagasUpAndAnotherNodeGoesOnAtOnce() throws Exception {
    anotherNodeGoesOnAtOnce();
  }

  @Test
  void givesItsSagasUpThoughItsLastPollTakesLongerThanTheTimeItHas() throws Exception {
    isPollSlow = true;
    anotherNodeGoesOnAtOnce();
  }

  private void anotherNodeGoesOnAtOnce() throws Exception {
    SagaEngine first = opened();
    var unused = first.start(order, "o-1");
    assertThat(failedTwice.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(!isPollSlow || polling.await(10, TimeUnit.SECONDS)).isTrue();

    closing.countDown();
    first.close();
    isDown = false;
    isPollSlow = false;

    try (SagaEngine second = opened()) {
      var saga = second.find(order, "o-1").orElseThrow();
      assertThat(saga.await(Duration.ofMinutes(1))).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
    }
    assertThat(calls).as("the second call is the other node's").hasValue(2);
  }
}
