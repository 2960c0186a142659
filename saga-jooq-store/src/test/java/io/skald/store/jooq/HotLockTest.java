package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thousand sagas that want the lock that another one has, run by one node or by two: once that
 * one has ended each gets it, alone, in the order in which they asked.
 */
@Timeout(180)
class HotLockTest {
  private static final Logger LOG = LoggerFactory.getLogger(HotLockTest.class);
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final int SAGAS = 1_000;
  private static final Duration ALL = Duration.ofMinutes(2);

  private final EngineFixture fixture = new EngineFixture();
  private final List<Integer> order = new CopyOnWriteArrayList<>();
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  private final SagaDefinition<Integer, Done> first =
      Saga.define("first", Integer.class)
          .lock("account", number -> "the only one")
          .step(Step.await("go", GO).within(ALL).orCompensate())
          .build();

  private final SagaDefinition<Integer, Done> saga =
      Saga.define("hot", Integer.class)
          .key(String::valueOf)
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

  private void awaitRows(int rows) {
    Awaitility.await(rows + " have asked")
        .atMost(ALL)
        .until(() -> fixture.database.count("saga_lock") == rows);
  }

  /** The order of those who wait, by what they are told apart by. */
  private String asked() {
    return fixture.database.value(
        """
        select string_agg(s.business_key, ' ' order by l.asked_at, l.saga_id)
        from %s.saga_lock_v1 l
        join %s.saga s on s.id = l.saga_id
        where l.held_at is null
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aThousandSagasOnOneLockComeOneAfterAnotherAndNobodyIsLeftBehind(int nodes) throws Exception {
    List<SagaEngine> engines =
        IntStream.range(0, nodes).mapToObj(n -> fixture.open(first, saga)).toList();
    SagaHandle<Done> holder = engines.getFirst().start(first, 0);
    awaitRows(1);
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < SAGAS; number++) {
      handles.add(engines.get(number % nodes).start(saga, number));
    }
    awaitRows(1 + SAGAS);
    String asked = asked();
    long begun = System.nanoTime();
    engines.getFirst().signal(holder.id(), GO, "on");
    for (SagaHandle<Done> handle : handles) {
      assertThat(handle.await(ALL)).isInstanceOf(SagaEnd.Completed.class);
    }
    Duration whole = Duration.ofNanos(System.nanoTime() - begun);
    LOG.info(
        "{} sagas on one lock, {} nodes: one after another in {} ms, {} a second",
        SAGAS,
        nodes,
        whole.toMillis(),
        SAGAS * 1_000L / whole.toMillis());

    assertThat(most).hasValue(1);
    assertThat(order.stream().map(String::valueOf).collect(Collectors.joining(" ")))
        .isEqualTo(asked);
    assertThat(fixture.database.count("saga_lock")).isZero();
  }
}
