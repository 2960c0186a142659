package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineHealth;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The faults: nodes that cannot be told apart by name, that starve, or that doubt themselves. */
class NeighboursTest {

  private final Bench bench = Bench.open();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void nodesOfOneNameAreToldApart() throws Exception {
    var errands = new BenchSagas(bench);
    SagaEngine one = bench.open(errands.saga);
    SagaEngine other = bench.open(errands.saga);
    try (var load = new Load(errands, one, other)) {
      load.awaitEnded(100);
      assertThat(bench.count("select count(distinct name) from %s.saga_node")).isEqualTo(1);
      assertThat(bench.count("select count(*) from %s.saga_node")).isEqualTo(2);
      int started = load.stop();
      one.close();

      assertThat(bench.count("select count(*) from %s.saga_node")).isEqualTo(1);
      bench.awaitRest();
      assertThat(other.health()).isEqualTo(new EngineHealth.Up());
      assertThat(errands.violations(bench, started)).isEmpty();
    }
    assertThat(bench.count("select count(distinct node) from %s.saga_log")).isEqualTo(2);
  }

  @Test
  void aStarvedNodeGivesWayAndItsLateResultChangesNothing() throws Exception {
    var calls = new ConcurrentLinkedQueue<Integer>();
    var release = new CountDownLatch(1);
    SagaDefinition<String, Done> saga =
        Saga.define("slow", String.class)
            .key(key -> key)
            .step(
                Step.named("call", String.class)
                    .remote(
                        (key, call) -> {
                          calls.add(call.attempt());
                          if (call.attempt() == 1) {
                            release.await();
                          }
                        })
                    .timeout(Duration.ofMinutes(5))
                    .needsNoCompensation())
            .step(
                Step.named("local", String.class)
                    .local((key, tx) -> bench.effect(tx, "local", "ACTION"))
                    .needsNoCompensation())
            .build();
    SagaEngine starved = bench.open(saga);
    var unused = starved.start(saga, "one");
    Bench.await("the call").until(() -> !calls.isEmpty());
    try (Connection holder = bench.connection()) {
      holder.setAutoCommit(false);
      // no heartbeat gets through
      bench.execute(holder, "select from %s.saga_node for update");
      SagaEngine other = bench.open(saga);

      bench.awaitRest();
      Bench.awaitDown(starved);
      assertThat(other.health()).isEqualTo(new EngineHealth.Up());
      holder.rollback();
    }
    release.countDown();
    Bench.awaitUp(starved);
    starved.close();

    assertThat(bench.completed()).isEqualTo(1);
    assertThat(calls).containsExactly(1, 2);
    assertThat(bench.differences()).isEmpty();
    assertThat(bench.rows("select path, attempt from %s.saga_log order by seq"))
        .hasToString("[[call, 2], [local, 1]]");
  }

  @Test
  void aNodeThatLooksForWhatItHasLostLeavesWhatItHasJustStartedAlone() throws Exception {
    var calls = new ConcurrentLinkedQueue<String>();
    SagaDefinition<Integer, Done> saga =
        Saga.define("started", Integer.class)
            .key(number -> "started-" + number)
            .step(
                Step.named("call", Integer.class)
                    .remote(
                        (number, call) -> {
                          calls.add(call.idempotencyKey());
                          LockSupport.parkNanos(1_000_000);
                        })
                    .needsNoCompensation())
            .build();
    // it looks a hundred times a second
    SagaEngine engine =
        bench.built(
            builder ->
                builder.options(
                    Bench.impatient()
                        .withConcurrency(2)
                        .withLease(Duration.ofMinutes(1), Duration.ofMillis(10))),
            saga);
    engine.open();
    try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
      List<Runnable> starts =
          IntStream.range(0, 400)
              .<Runnable>mapToObj(
                  number ->
                      () -> {
                        var unused = engine.start(saga, number);
                      })
              .toList();
      starts.forEach(callers::execute);
    }
    bench.awaitRest();

    assertThat(bench.completed()).isEqualTo(400);
    assertThat(calls).hasSize(400).doesNotHaveDuplicates();
    assertThat(bench.count("select count(*) from %s.saga where epoch <> claimed_epoch"))
        .as("sagas that were adopted: those whose thread stood still for two looks, if any")
        .isLessThanOrEqualTo(4);
  }
}
