package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.spring.Applications.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class EngineLifecycleTest {
  private final TestDatabase database = TestDatabase.create();

  @Configuration(proxyBeanMethods = false)
  static class SlowSaga {
    final CountDownLatch called = new CountDownLatch(1);
    final CountDownLatch answer = new CountDownLatch(1);

    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var call =
          Step.named("call", Order.class)
              .remote(
                  (order, call1) -> {
                    called.countDown();
                    answer.await();
                  })
              .needsNoCompensation();
      var again =
          Step.named("again", Order.class)
              .remote(
                  (order, call1) -> {
                    throw new IOException("not today");
                  })
              .retry(Retry.exponential(Duration.ofHours(1)))
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(call).step(again).build();
    }
  }

  @SuppressWarnings("unchecked")
  private static SagaHandle<Done> start(ApplicationContext context) {
    SagaDefinition<Order, Done> definition = context.getBean("placeOrder", SagaDefinition.class);
    return context.getBean(SagaClient.class).start(definition, new Order("o1"));
  }

  @Test
  void closingTheContextGivesUpWhatTheNodeOwnsBeforeThePoolCloses() {
    Applications.on(database)
        .withUserConfiguration(SlowSaga.class)
        .run(
            context -> {
              var saga = context.getBean(SlowSaga.class);
              start(context);
              saga.called.await();
              assertThat(database.count("skald.saga where owner is not null")).isOne();
              assertThat(database.count("skald.saga_node")).isOne();
              saga.answer.countDown();
            });

    // giving up is a write: the pool was open then
    assertThat(database.count("skald.saga_node")).isZero();
    assertThat(database.count("skald.saga where owner is null and status = 'RUNNING'")).isOne();
  }

  /** Listens for requests, as a web server does, until no more come. */
  static final class Server implements SmartLifecycle {
    private final ApplicationContext context;
    final List<SagaStatus> seen = new CopyOnWriteArrayList<>();
    private boolean running;

    Server(ApplicationContext context) {
      this.context = context;
    }

    private void request() {
      var view = context.getBean(SagaClient.class).view(EngineLifecycleTest.start(context).id());
      seen.add(view.orElseThrow().status());
    }

    @Override
    public void start() {
      running = true;
      request();
    }

    @Override
    public void stop() {
      request();
      running = false;
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return DEFAULT_PHASE - 2048;
    }
  }

  @Test
  void requestsThatComeFirstAndLastStartSagas() {
    var servers = new CopyOnWriteArrayList<Server>();
    Applications.on(database)
        .withUserConfiguration(SlowSaga.class)
        .withBean(Server.class)
        .run(
            context -> {
              context.getBean(SlowSaga.class).answer.countDown();
              servers.add(context.getBean(Server.class));
            });

    assertThat(servers.getFirst().seen).hasSize(2).allMatch(SagaStatus.RUNNING::equals);
  }

  @Test
  void aWorkerThatIsOffStartsSagasAndLeavesThemToOthers() {
    Applications.on(database)
        .withUserConfiguration(SlowSaga.class)
        .withPropertyValues("skald.worker.enabled=false")
        .run(
            context -> {
              var saga = start(context);
              var own = context.getBean(SlowSaga.class);

              assertThat(database.value("select status || ' ' || (owner is null) from skald.saga"))
                  .isEqualTo("RUNNING true");
              Applications.on(database)
                  .withUserConfiguration(SlowSaga.class)
                  .run(
                      worker -> {
                        worker.getBean(SlowSaga.class).answer.countDown();
                        await()
                            .atMost(Applications.SOON)
                            .until(() -> database.count("skald.saga_log") == 2);
                      });
              assertThat(own.called.getCount()).isOne();
              assertThat(context.getBean(SagaClient.class).view(saga.id())).isPresent();
            });
  }
}
