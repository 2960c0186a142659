package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;

import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaView;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A store that cannot be read for a while, or at all, costs no answer of a participant. */
class FailingReadsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);

  private final AtomicInteger failures = new AtomicInteger();
  private volatile SagaStoreException.Kind kind = SagaStoreException.Kind.TRANSIENT;
  private volatile int times = 3;
  private final CountDownLatch failed = new CountDownLatch(1);

  private final SagaDefinition<String, Done> payment = payment();

  @RegisterExtension
  final SagaEngineExtension sagas = SagaEngineExtension.of(payment).store(this::unreadable);

  /** While the payment is under way another step ends, and the signals have to be read. */
  private SagaDefinition<String, Done> payment() {
    var pay =
        Step.named("pay", String.class)
            .remote(
                String.class,
                (order, call) -> {
                  if (!failed.await(5, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("no read has failed");
                  }
                  return "paid";
                })
            .atMostOnce()
            .compensation((order, paid, call) -> {});
    var quick = Step.named("quick", String.class).remote((order, call) -> failures.set(times));
    var wait = Step.await("wait", GO).within(Duration.ofMillis(500)).orElse("nobody");
    return Saga.define("payment", String.class)
        .step(Step.parallel("both", pay, quick.needsNoCompensation(), wait))
        .build();
  }

  private SagaStore unreadable() {
    var store = new InMemorySagaStore();
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(),
            new Class<?>[] {SagaStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("signals") && failures.getAndDecrement() > 0) {
                failed.countDown();
                throw new SagaStoreException("no connection", kind, null);
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void goesOnWhenTheStoreCanBeReadAgain() throws Exception {
    SagaView view = sagas.run(payment, "o-1");

    assertThat(view).isCompleted();
    Assertions.assertThat(succeeded(view)).containsExactlyInAnyOrder("quick", "pay", "wait");
  }

  @Test
  void recordsWhatWasUnderWayBeforeItIsStuck() throws Exception {
    kind = SagaStoreException.Kind.PERMANENT;
    times = 1;

    SagaView view = sagas.run(payment, "o-2");

    assertThat(view).isStuck();
    Assertions.assertThat(succeeded(view)).containsExactlyInAnyOrder("quick", "pay");
  }

  /** In any order: the failing read may come before what ends beside the payment is recorded. */
  private static List<String> succeeded(SagaView view) {
    return view.steps().stream()
        .filter(step -> step.status() == LogStatus.SUCCEEDED)
        .map(SagaView.StepView::path)
        .toList();
  }
}
