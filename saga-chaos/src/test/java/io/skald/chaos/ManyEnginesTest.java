package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The fault: twenty nodes reach for the same ten thousand due sagas at once. */
class ManyEnginesTest {
  private static final int ENGINES = 20;
  private static final int SAGAS = 10_000;

  private final Bench bench;
  private final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
  private final SagaDefinition<Integer, Done> saga;

  ManyEnginesTest() {
    bench = Bench.open();
    saga =
        Saga.define("due", Integer.class)
            .key(number -> "due-" + number)
            .step(
                Step.named("local", Integer.class)
                    .local((number, tx) -> bench.effect(tx, "local", "ACTION"))
                    .needsNoCompensation())
            .step(
                Step.named("call", Integer.class)
                    .remote((number, call) -> calls.add(call.idempotencyKey()))
                    .needsNoCompensation())
            .build();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void twentyEnginesRunEachOfTenThousandDueSagasOnce() throws Exception {
    SagaEngine starter = engine("starter", 0);
    starter.open();
    startAll(starter);
    bench.execute("update %s.saga set wake_at = clock_timestamp() + interval '1 day'");
    for (int i = 0; i < ENGINES; i++) {
      engine("node-" + i, 16).open();
    }
    bench.execute("update %s.saga set wake_at = clock_timestamp()");

    bench.awaitRest();

    assertThat(bench.completed()).isEqualTo(SAGAS);
    assertThat(bench.differences()).isEmpty();
    assertThat(calls).hasSize(SAGAS).doesNotHaveDuplicates();
    assertThat(bench.count("select count(*) from %s.saga where claimed_epoch <> 1"))
        .as("sagas that were claimed more than once")
        .isZero();
    assertThat(bench.count("select count(distinct node) from %s.saga_log"))
        .as("nodes that took part: few would prove little")
        .isGreaterThan(ENGINES / 2);
  }

  private SagaEngine engine(String name, int concurrency) {
    return bench.built(
        bench.pool(
            config -> {
              config.setMaximumPoolSize(3);
              // who waits for a connection longer than that claims its saga a second time
              config.setConnectionTimeout(60_000);
            }),
        builder ->
            builder.options(Bench.impatient().withNodeName(name).withConcurrency(concurrency)),
        saga);
  }

  private void startAll(SagaEngine starter) throws Exception {
    var started = ConcurrentHashMap.newKeySet();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int number : IntStream.range(0, SAGAS).toArray()) {
        all.add(callers.submit(() -> started.add(starter.start(saga, number).id())));
      }
      for (Future<?> one : all) {
        var unused = one.get();
      }
    }
    assertThat(started).hasSize(SAGAS);
  }
}
