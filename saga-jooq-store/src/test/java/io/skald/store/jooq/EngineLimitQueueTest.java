package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas that wait for permits: who goes first, who never goes, and what they do meanwhile. */
@Timeout(120)
class EngineLimitQueueTest {
  private final EngineFixture fixture = new EngineFixture();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final CountDownLatch holding = new CountDownLatch(1);
  private final CountDownLatch refusing = new CountDownLatch(1);

  @AfterEach
  void close() {
    holding.countDown();
    refusing.countDown();
    fixture.close();
  }

  private SagaEngine open(SagaDefinition<?, ?>... sagas) {
    return fixture.open(builder -> builder.limit(Limit.concurrent("bank", 1)), sagas);
  }

  private CompensatableStep<Order, Done> charge(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> calls.add(name + " " + order.id()))
        .guard("bank")
        .compensation((order, done, call) -> calls.add("refund " + order.id()));
  }

  private SagaDefinition<Order, Done> charging() {
    return Saga.define("charging", Order.class).key(Order::id).step(charge("charge")).build();
  }

  /** Has the only permit until it is let go. */
  private SagaDefinition<Order, Done> holder() {
    var hold =
        Step.named("hold", Order.class)
            .remote(
                (order, call) -> {
                  calls.add("hold");
                  holding.await();
                })
            .timeout(Duration.ofMinutes(1))
            .guard("bank")
            .needsNoCompensation();
    return Saga.define("holder", Order.class).key(Order::id).step(hold).build();
  }

  /** Turns around after its charge, when it is let. */
  private SagaDefinition<Order, Done> refused() {
    var refuse =
        Step.named("refuse", Order.class)
            .remote(
                (order, call) -> {
                  calls.add("refuse");
                  refusing.await();
                  throw new PermanentFailure("no");
                })
            .timeout(Duration.ofMinutes(1))
            .needsNoCompensation();
    return Saga.define("refused", Order.class)
        .key(Order::id)
        .step(charge("charge"))
        .step(refuse)
        .build();
  }

  private void awaitCall(String call) {
    TestDatabase.await(() -> calls.contains(call));
  }

  private void awaitWaiters(int count) {
    TestDatabase.await(() -> fixture.database.count("saga_limit_waiter") == count);
  }

  private static <O> SagaEnd<O> end(SagaHandle<O> handle) throws Exception {
    return handle.await(EngineFixture.SOON);
  }

  @Test
  void aCompensationGoesBeforeTheActionsThatHaveWaitedForLonger() throws Exception {
    SagaDefinition<Order, Done> charging = charging();
    SagaDefinition<Order, Done> holder = holder();
    SagaDefinition<Order, Done> refused = refused();
    SagaEngine engine = open(charging, holder, refused);
    var compensated = engine.start(refused, Order.of("r"));
    awaitCall("refuse");
    var held = engine.start(holder, Order.of("h"));
    awaitCall("hold");
    var first = engine.start(charging, Order.of("a"));
    awaitWaiters(1);
    var second = engine.start(charging, Order.of("b"));
    awaitWaiters(2);
    refusing.countDown();
    awaitWaiters(3);
    holding.countDown();

    assertThat(end(held)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(compensated)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(end(first)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(calls)
        .containsExactly("charge r", "refuse", "hold", "refund r", "charge a", "charge b");
  }

  @Test
  void aSagaThatIsCancelledWhileItWaitsMakesNoAttemptAndIsInNobodysWay() throws Exception {
    SagaDefinition<Order, Done> charging = charging();
    SagaDefinition<Order, Done> holder = holder();
    SagaEngine engine = open(charging, holder);
    var held = engine.start(holder, Order.of("h"));
    awaitCall("hold");
    var cancelled = engine.start(charging, Order.of("a"));
    awaitWaiters(1);
    var next = engine.start(charging, Order.of("b"));
    awaitWaiters(2);
    engine.operator().cancel(cancelled.id(), "olga", "ordered twice");
    assertThat(end(cancelled)).isInstanceOf(SagaEnd.Compensated.class);
    holding.countDown();

    assertThat(end(held)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(next)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(calls).containsExactly("hold", "charge b");
    awaitWaiters(0);
  }

  @Test
  void aSagaWaitsForAPermitWithoutAThreadAndWithoutAnAttempt() {
    SagaDefinition<Order, Done> charging = charging();
    SagaDefinition<Order, Done> holder = holder();
    SagaEngine engine = open(charging, holder);
    engine.start(holder, Order.of("h"));
    awaitCall("hold");
    var id = engine.start(charging, Order.of("a")).id();
    String sagas = "select count(*) from %s.saga where definition = 'charging' and owner is null";
    TestDatabase.await(() -> fixture.database.value(sagas).equals("1"));

    assertThat(fixture.database.value("select count(*) from %s.saga_log")).isEqualTo("0");
    assertThat(
            fixture.database.value(
                "select wake_at > now() + interval '20 s' from %s.saga where id = '" + id + "'"))
        .isEqualTo("t");
  }

  /** Rejects everything, for an hour. */
  private static final class OpenBreaker implements AttemptGuard {
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public <R> R run(String name, Callable<R> attempt) throws Exception {
      asked.incrementAndGet();
      throw new GuardRejectedException(name + " is open", Duration.ofHours(1));
    }

    @Override
    public boolean knows(String name) {
      return name.equals("bank");
    }
  }

  @Test
  void whatTheGuardBehindTheLimitRejectsGivesItsPermitBackAndRestsAsTheGuardSays() {
    SagaDefinition<Order, Done> charging = charging();
    var breaker = new OpenBreaker();
    SagaEngine engine =
        fixture.open(
            builder -> builder.guard(breaker).limit(Limit.concurrent("bank", 1)), charging);
    for (String key : List.of("a", "b", "c")) {
      engine.start(charging, Order.of(key));
    }
    String resting = "select count(*) from %s.saga where wake_at > now() + interval '50 min'";
    TestDatabase.await(() -> fixture.database.value(resting).equals("3"));

    assertThat(breaker.asked).hasValue(3);
    assertThat(calls).isEmpty();
    assertThat(fixture.database.count("saga_limit_permit")).isZero();
    awaitWaiters(0);
  }

  @Test
  void branchesThatWaitForEachOthersPermitsAllCome() throws Exception {
    SagaDefinition<Order, Done> saga =
        Saga.define("branches", Order.class)
            .key(Order::id)
            .step(Step.parallel("both", charge("left"), charge("right")))
            .build();
    SagaEngine engine = open(saga);
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int number = 0; number < 10; number++) {
      handles.add(engine.start(saga, Order.of("o" + number)));
    }
    for (SagaHandle<Done> handle : handles) {
      assertThat(end(handle)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThat(calls).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void aBranchComesThoughItsSagaNeverRests() throws Exception {
    SagaDefinition<Order, Done> holder = holder();
    var busy =
        Step.named("busy", Order.class)
            .remote(
                (order, call) -> {
                  calls.add("busy");
                  refusing.await();
                })
            .timeout(Duration.ofMinutes(1))
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("branches", Order.class)
            .key(Order::id)
            .step(Step.parallel("both", busy, charge("charge")))
            .build();
    SagaEngine engine = open(saga, holder);
    engine.start(holder, Order.of("h"));
    awaitCall("hold");
    var handle = engine.start(saga, Order.of("a"));
    awaitWaiters(1);
    holding.countDown();
    awaitCall("charge a");

    refusing.countDown();
    assertThat(end(handle)).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void triesConfirmationsAndTccCancelsHaveThePermitsOfTheirGuard() throws Exception {
    var hold =
        Step.named("hold", Order.class)
            .tryRemote(
                Done.class,
                (order, call) -> {
                  calls.add("try " + order.id());
                  return Done.DONE;
                })
            .guard("bank")
            .confirm((order, done, call) -> calls.add("confirm " + order.id()))
            .cancel((order, done, call) -> calls.add("cancel " + order.id()));
    var refuse =
        Step.named("refuse", Order.class)
            .remote(
                (order, call) -> {
                  if (order.id().equals("b")) {
                    throw new PermanentFailure("no");
                  }
                })
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("tcc", Order.class).key(Order::id).step(hold).step(refuse).build();
    var watched = new WatchedStore(fixture.database.store());
    SagaEngine engine = openOn(watched, saga);

    assertThat(end(engine.start(saga, Order.of("a")))).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(engine.start(saga, Order.of("b")))).isInstanceOf(SagaEnd.Compensated.class);
    engine.close();
    assertThat(calls).containsExactly("try a", "confirm a", "try b", "cancel b");
    assertThat(watched.answered("admit")).isEqualTo(4);
    assertThat(watched.answered("giveBack")).isEqualTo(4);
    assertThat(fixture.database.count("saga_limit_permit")).isZero();
  }

  private static SagaEngine openOn(WatchedStore watched, SagaDefinition<?, ?>... sagas) {
    var builder =
        SagaEngine.builder(watched.asStore())
            .options(EngineFixture.impatient())
            .limit(Limit.concurrent("bank", 1));
    for (SagaDefinition<?, ?> saga : sagas) {
      builder.define(saga);
    }
    SagaEngine engine = builder.build();
    engine.open();
    return engine;
  }

  @Test
  void aVerificationIsMadeUnderAPermitOfItsOwnGuard() throws Exception {
    var charge =
        Step.named("charge", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  calls.add("charge");
                  throw new IOException("answer lost");
                })
            .retry(OrderSteps.QUICK)
            .guard("bank")
            .verify(
                (order, call) -> {
                  calls.add(
                      "verify under " + fixture.database.count("saga_limit_permit") + " permit");
                  return Outcome.succeeded("payment");
                });
    var saga =
        Saga.define("verified", Order.class)
            .key(Order::id)
            .pivot(charge)
            .returning(String.class, (order, results) -> results.resultOf(charge));
    SagaEngine engine = open(saga);

    assertThat(end(engine.start(saga, Order.of("a"))))
        .isEqualTo(new SagaEnd.Completed<>("payment"));
    assertThat(calls).containsExactly("charge", "verify under 1 permit");
    TestDatabase.await(() -> fixture.database.count("saga_limit_permit") == 0);
    assertThat(fixture.database.count("saga_limit_waiter")).isZero();
  }

  @Test
  void ofManyBranchesOneAsksAndTheOthersFollowIt() throws Exception {
    SagaDefinition<Order, Done> holder = holder();
    SagaDefinition<Order, Done> saga =
        Saga.define("branches", Order.class)
            .key(Order::id)
            .step(
                Step.parallel(
                    "all",
                    charge("one"),
                    charge("two"),
                    charge("three"),
                    charge("four"),
                    charge("five"),
                    charge("six")))
            .build();
    var watched = new WatchedStore(fixture.database.store());
    try (SagaEngine engine = openOn(watched, saga, holder)) {
      engine.start(holder, Order.of("h"));
      awaitCall("hold");
      var handle = engine.start(saga, Order.of("a"));
      String parked =
          "select count(*) from %s.saga where definition = 'branches' and owner is null";
      TestDatabase.await(() -> fixture.database.value(parked).equals("1"));
      assertThat(watched.answered("admit")).isEqualTo(2);
      awaitWaiters(1);

      holding.countDown();
      assertThat(end(handle)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThat(calls).hasSize(7).doesNotHaveDuplicates();
  }
}
