package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of the fleet as the service sees them that is called, on real PostgreSQL. */
@Timeout(120)
class EngineLimitsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final EngineFixture fixture = new EngineFixture();
  private final Bank bank = new Bank();

  @AfterEach
  void close() {
    bank.hold.countDown();
    fixture.close();
  }

  /** A service that takes a moment, and sees how many call it at a time. */
  private static final class Bank {
    final AtomicInteger calls = new AtomicInteger();
    final Queue<Long> begun = new ConcurrentLinkedQueue<>();
    final AtomicInteger most = new AtomicInteger();
    final CountDownLatch hold = new CountDownLatch(1);
    private final AtomicInteger now = new AtomicInteger();

    void call() throws InterruptedException {
      calls.incrementAndGet();
      begun.add(System.nanoTime());
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      try {
        Thread.sleep(5);
      } finally {
        now.decrementAndGet();
      }
    }
  }

  private CompensatableStep<Order, Done> charge(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> bank.call())
        .guard("bank")
        .needsNoCompensation();
  }

  private SagaDefinition<Order, Done> charging() {
    return Saga.define("charging", Order.class).key(Order::id).step(charge("charge")).build();
  }

  private static EngineOptions seldom() {
    return EngineFixture.impatient().withPollInterval(Duration.ofSeconds(3));
  }

  private static List<SagaHandle<Done>> startAll(
      SagaDefinition<Order, Done> saga, int count, List<SagaEngine> engines) {
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      SagaEngine engine = engines.get(number % engines.size());
      handles.add(engine.start(saga, Order.of("o" + number)));
    }
    return handles;
  }

  private static void awaitCompleted(List<SagaHandle<Done>> handles) throws Exception {
    for (SagaHandle<Done> handle : handles) {
      assertThat(handle.await(LONG)).isInstanceOf(SagaEnd.Completed.class);
    }
  }

  private void assertNothingLeft() {
    TestDatabase.await(() -> fixture.database.count("saga_limit_permit") == 0);
    assertThat(fixture.database.count("saga_limit_waiter")).isZero();
  }

  @Test
  void allNodesTogetherCallNoMoreOftenAtATimeThanTheLimitSaysAndNobodyIsLeftBehind()
      throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    UnaryOperator<SagaEngine.Builder> limited =
        builder -> builder.limit(Limit.concurrent("bank", 4));
    List<SagaEngine> engines =
        List.of(
            fixture.open(limited, saga), fixture.open(limited, saga), fixture.open(limited, saga));
    awaitCompleted(startAll(saga, 200, engines));

    assertThat(bank.calls).hasValue(200);
    assertThat(bank.most).hasValue(4);
    assertNothingLeft();
  }

  @Test
  void aPermitThatIsGivenBackWaitsForNoPoll() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    SagaEngine engine =
        fixture.open(builder -> builder.options(seldom()).limit(Limit.concurrent("bank", 2)), saga);
    long begin = System.nanoTime();
    awaitCompleted(startAll(saga, 60, List.of(engine)));

    // with a poll for each two of them it would be 30 times 3 s
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    assertThat(bank.most).hasValue(2);
  }

  @Test
  void aRateIsKeptToOverAllNodesAndIsUsedWhateverThePollInterval() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    UnaryOperator<SagaEngine.Builder> limited =
        builder -> builder.options(seldom()).limit(Limit.rate("bank", 20, Duration.ofSeconds(1)));
    List<SagaEngine> engines = List.of(fixture.open(limited, saga), fixture.open(limited, saga));
    long begin = System.nanoTime();
    awaitCompleted(startAll(saga, 60, engines));
    Duration taken = Duration.ofNanos(System.nanoTime() - begin);

    // 59 intervals of 50 ms; whoever comes late on a machine in demand loses turns
    assertThat(taken).isBetween(Duration.ofMillis(2_800), Duration.ofSeconds(9));
    // a call leaves after its turn, by as much as the machine has other things to do
    List<Long> begun = bank.begun.stream().sorted().toList();
    for (int call = 0; call + 20 < begun.size(); call++) {
      long stretch = begun.get(call + 20) - begun.get(call);
      assertThat(Duration.ofNanos(stretch)).isGreaterThan(Duration.ofMillis(500));
    }
    assertNothingLeft();
  }

  @Test
  void aRateOfFewInAShortTimeIsUsedAsWell() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    SagaEngine engine =
        fixture.open(
            builder ->
                builder.options(seldom()).limit(Limit.rate("bank", 5, Duration.ofMillis(100))),
            saga);
    long begin = System.nanoTime();
    awaitCompleted(startAll(saga, 150, List.of(engine)));
    Duration taken = Duration.ofNanos(System.nanoTime() - begin);

    // 149 intervals of 20 ms; with a turn for each look, of which there are 20 in a second, 7.5 s
    assertThat(taken).isBetween(Duration.ofMillis(2_800), Duration.ofSeconds(7));
  }

  @Test
  void aLimitThatIsHeldUpHoldsUpNobodyElse() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    var again =
        Step.named("again", Order.class)
            .remote(
                (order, call) -> {
                  if (call.attempt() == 1) {
                    throw new IOException("not yet");
                  }
                })
            .retry(Retry.exponential(Duration.ofMillis(500)))
            .needsNoCompensation();
    var other = Saga.define("other", Order.class).key(Order::id).step(again).build();
    SagaEngine engine =
        fixture.open(builder -> builder.limit(Limit.concurrent("bank", 1)), saga, other);
    awaitCompleted(startAll(saga, 1, List.of(engine)));
    fixture.database.execute(
        "insert into %s.saga_limit_waiter (limit_name, saga_id, lane)"
            + " values ('bank', gen_random_uuid(), 1)");
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      fixture.database.execute(connection, "select from %s.saga_limit for update");
      for (int number = 0; number < 30; number++) {
        engine.start(saga, Order.of("held" + number));
      }
      long begin = System.nanoTime();
      assertThat(engine.start(other, Order.of("free")).await(LONG))
          .isInstanceOf(SagaEnd.Completed.class);

      // whoever waits for the row gives up after 2 s
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
      connection.rollback();
    }
    TestDatabase.await(() -> bank.calls.get() == 31);
  }

  @Test
  void aCallThatWasGivenUpKeepsItsPermitUntilItReturns() throws Exception {
    var stubborn =
        Step.named("charge", Order.class)
            .remote(
                (order, call) -> {
                  bank.call();
                  while (call.attempt() == 1 && bank.hold.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                })
            .timeout(Duration.ofMillis(100))
            .retry(OrderSteps.QUICK)
            .guard("bank")
            .needsNoCompensation();
    var saga = Saga.define("stubborn", Order.class).key(Order::id).step(stubborn).build();
    SagaEngine engine = fixture.open(builder -> builder.limit(Limit.concurrent("bank", 1)), saga);
    var handle = engine.start(saga, Order.of("o1"));
    TestDatabase.await(() -> fixture.database.count("saga_limit_waiter") == 1);
    assertThat(bank.calls).hasValue(1);

    bank.hold.countDown();
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(bank.calls).hasValue(2);
    assertNothingLeft();
  }

  // ---- nodes and connections that fail

  /** What becomes of a call of the store. */
  @FunctionalInterface
  private interface Fate {
    Object meet(String method, Call call) throws Throwable;
  }

  @FunctionalInterface
  private interface Call {
    Object make() throws Throwable;
  }

  private SagaStore storeWith(Fate fate) {
    SagaStore store = fixture.database.store();
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(),
            new Class<?>[] {SagaStore.class},
            (proxy, method, values) ->
                fate.meet(method.getName(), () -> Delegated.to(store, method, values)));
  }

  private static SagaStoreException cut() {
    return new SagaStoreException("the connection is cut", SagaStoreException.Kind.TRANSIENT, null);
  }

  private SagaEngine openOn(SagaStore store, SagaDefinition<Order, Done> saga) {
    SagaEngine engine =
        SagaEngine.builder(store)
            .options(EngineFixture.impatient())
            .limit(Limit.concurrent("bank", 1))
            .define(saga)
            .build();
    engine.open();
    return engine;
  }

  @Test
  void aNodeThatDiesWithAPermitHoldsItUpToTheEndOfItsLease() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    var dead = new AtomicBoolean();
    SagaStore dying =
        storeWith(
            (method, call) -> {
              if (dead.get() || (method.equals("admit") && call.make() != null)) {
                dead.set(true);
                throw cut();
              }
              return call.make();
            });
    try (SagaEngine doomed = openOn(dying, saga);
        SagaEngine survivor = openOn(fixture.database.store(), saga)) {
      var first = doomed.start(saga, Order.of("o1"));
      TestDatabase.await(dead::get);
      long begin = System.nanoTime();
      assertThat(survivor.start(saga, Order.of("o2")).await(LONG))
          .isInstanceOf(SagaEnd.Completed.class);

      // the lease is 3 s, the last heartbeat at most half a second old
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(2));
      fixture.await(survivor, first.id(), SagaStatus.COMPLETED);
    }
  }

  @Test
  void aPermitNobodyHeardOfIsGivenBackByTheNodeItself() throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    var asked = new AtomicInteger();
    SagaStore store =
        storeWith(
            (method, call) -> {
              Object answer = call.make();
              if (method.equals("admit") && asked.incrementAndGet() == 1) {
                throw cut();
              }
              return answer;
            });
    try (SagaEngine engine = openOn(store, saga)) {
      awaitCompleted(startAll(saga, 3, List.of(engine)));
      assertThat(bank.calls).hasValue(3);
      assertNothingLeft();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPermitThatCouldNotBeGivenBackIsGivenBackLater(boolean isFault) throws Exception {
    SagaDefinition<Order, Done> saga = charging();
    var given = new AtomicInteger();
    SagaStore store =
        storeWith(
            (method, call) -> {
              if (method.equals("giveBack") && given.incrementAndGet() == 1) {
                throw isFault ? new IllegalStateException("a fault of the store") : cut();
              }
              return call.make();
            });
    try (SagaEngine engine = openOn(store, saga)) {
      awaitCompleted(startAll(saga, 3, List.of(engine)));
      assertThat(bank.calls).hasValue(3);
      assertNothingLeft();
    }
  }

  // ---- names

  @Test
  void aLimitIsAGuardThereIsAndNoOther() {
    SagaDefinition<Order, Done> saga = charging();
    UnaryOperator<SagaEngine.Builder> other = builder -> builder.limit(Limit.concurrent("mail", 1));
    assertThatThrownBy(() -> fixture.built(other, saga))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("names guard bank, and there is none");
    assertThat(
            fixture.built(
                builder -> builder.limit(Limit.rate("bank", 1, Duration.ofSeconds(1))), saga))
        .isNotNull();
  }
}
