package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas that wait for permits: who goes first, who never goes, and what they do meanwhile. */
@Timeout(120)
class EngineLimitQueueTest extends EngineLimitScene {
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
    SagaEngine engine = openHeld(charging);
    var id = engine.start(charging, Order.of("a")).id();
    String sagas = "select count(*) from %s.saga where definition = 'charging' and owner is null";
    TestDatabase.await(() -> fixture.database.value(sagas).equals("1"));

    assertThat(fixture.database.value("select count(*) from %s.saga_log")).isEqualTo("0");
    assertThat(
            fixture.database.value(
                "select wake_at > now() + interval '20 s' from %s.saga where id = '" + id + "'"))
        .isEqualTo("t");
    SagaView view = engine.view(id).orElseThrow();
    assertThat(view.next())
        .isEqualTo("step charge, attempt 1; a guard, a limit or a full pool has turned it away");
    assertThat(view.nextAt()).isPresent();
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
    SagaEngine engine = openHeld(saga);
    var handle = engine.start(saga, Order.of("a"));
    awaitWaiters(1);
    holding.countDown();
    awaitCall("charge a");

    refusing.countDown();
    assertThat(end(handle)).isInstanceOf(SagaEnd.Completed.class);
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

  @Test
  void aDeadlineThatPassesWhileASagaWaitsEndsTheWaitWithoutAnAttempt() throws Exception {
    SagaDefinition<Order, Done> late =
        Saga.define("late", Order.class)
            .key(Order::id)
            .deadline(Duration.ofSeconds(2))
            .step(charge("charge"))
            .build();
    SagaEngine engine = openHeld(late);
    var waiting = engine.start(late, Order.of("a"));
    awaitWaiters(1);

    assertThat(end(waiting)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(calls).containsExactly("hold");
    holding.countDown();
    awaitWaiters(0);
  }

  /** Or it would be had come, and be waited for. */
  @Test
  void aSagaOfWhichALaterVersionSaysWhatIsNotKnownIsInNobodysWay() throws Exception {
    SagaDefinition<Order, Done> charging = charging();
    SagaEngine engine = openHeld(charging);
    var unknown = engine.start(charging, Order.of("a")).id();
    String parked = "select owner is null from %s.saga where id = '" + unknown + "'";
    TestDatabase.await(() -> fixture.database.value(parked).equals("t"));
    fixture.database.execute(
        "update %s.saga set status = 'HIBERNATING' where id = '" + unknown + "'");
    var next = engine.start(charging, Order.of("b"));
    awaitWaiters(2);
    long begin = System.nanoTime();
    holding.countDown();

    assertThat(end(next)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Limit.PATIENCE);
    awaitWaiters(0);
  }

  @Test
  void aSagaThatWaitsComesThoughItsNodeHasGone() throws Exception {
    SagaDefinition<Order, Done> charging = charging();
    SagaEngine engine = openHeld(charging);
    SagaEngine leaving = open(charging);
    var id = leaving.start(charging, Order.of("a")).id();
    awaitWaiters(1);
    leaving.close();
    holding.countDown();

    fixture.await(engine, id, SagaStatus.COMPLETED);
    assertThat(calls).containsExactly("hold", "charge a");
    awaitWaiters(0);
  }
}
