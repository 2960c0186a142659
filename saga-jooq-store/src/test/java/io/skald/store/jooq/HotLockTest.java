package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thousand sagas that want the same lock, started one after another and run by one node or by
 * two: each gets it, alone, in the order in which they were started.
 */
@Timeout(180)
class HotLockTest {
  private static final Logger LOG = LoggerFactory.getLogger(HotLockTest.class);
  private static final int SAGAS = 1_000;
  private static final Duration ALL = Duration.ofMinutes(2);

  private final EngineFixture fixture = new EngineFixture();
  private final List<Integer> order = new CopyOnWriteArrayList<>();
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  private final SagaDefinition<Integer, Done> saga =
      Saga.define("hot", Integer.class)
          .key(number -> "o" + number)
          .lock("account", number -> "the only one")
          .step(
              Step.named("enter", Integer.class)
                  .local(
                      (number, tx) -> {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        order.add(number);
                      })
                  .needsNoCompensation())
          .pivot(Step.named("leave", Integer.class).local((number, tx) -> inside.decrementAndGet()))
          .build();

  @AfterEach
  void close() {
    fixture.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aThousandSagasOnOneLockComeOneAfterAnotherAndNobodyIsLeftBehind(int nodes) throws Exception {
    List<SagaEngine> engines = IntStream.range(0, nodes).mapToObj(n -> fixture.open(saga)).toList();
    long begun = System.nanoTime();
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < SAGAS; number++) {
      handles.add(engines.get(number % nodes).start(saga, number));
    }
    long started = System.nanoTime();
    for (SagaHandle<Done> handle : handles) {
      assertThat(handle.await(ALL)).isInstanceOf(SagaEnd.Completed.class);
    }
    Duration whole = Duration.ofNanos(System.nanoTime() - begun);
    LOG.info(
        "{} sagas on one lock, {} nodes: started in {} ms, all ended after {} ms, {} a second",
        SAGAS,
        nodes,
        (started - begun) / 1_000_000,
        whole.toMillis(),
        SAGAS * 1_000L / whole.toMillis());

    assertThat(most).hasValue(1);
    assertThat(order).isEqualTo(IntStream.range(0, SAGAS).boxed().toList());
    assertThat(fixture.database.count("saga_lock")).isZero();
  }
}
