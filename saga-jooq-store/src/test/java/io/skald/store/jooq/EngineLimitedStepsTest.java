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
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What has the permits of a limit, and for how long. */
@Timeout(120)
class EngineLimitedStepsTest extends EngineLimitScene {
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
  void whatWasHandedOutHasAPermitOnlyUntilItIs() throws Exception {
    var tokens = new ConcurrentHashMap<String, String>();
    var book =
        Step.named("book", Order.class)
            .async(String.class, (order, call) -> tokens.put(order.id(), call.completionToken()))
            .guard("bank")
            .within(Duration.ofHours(1))
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("booking", Order.class).key(Order::id).step(book).build();
    SagaEngine engine = open(saga);
    var first = engine.start(saga, Order.of("a"));
    var second = engine.start(saga, Order.of("b"));
    TestDatabase.await(() -> tokens.size() == 2);
    TestDatabase.await(() -> fixture.database.count("saga_limit_permit") == 0);

    for (String token : tokens.values()) {
      TestDatabase.await(() -> engine.complete(book, token, "seat 7"));
    }
    assertThat(end(first)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(end(second)).isInstanceOf(SagaEnd.Completed.class);
  }
}
