package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a saga can say beside a sequence of tasks, on real PostgreSQL. */
class EngineLanguageTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);
  private static final Duration LONG = Duration.ofDays(2);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  private RemoteStep<Order, String> remote(String name) {
    return Step.named(name, Order.class)
        .remote(
            String.class,
            (order, call) -> {
              steps.calls().add(name);
              return name;
            })
        .retry(QUICK);
  }

  private CompensatableStep<Order, String> compensated(RemoteStep<Order, String> step) {
    return step.compensation(
        (order, result, call) -> steps.calls().add(step.name() + " compensated"));
  }

  private CompensatableStep<Order, Done> refusing(String name) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              throw new PermanentFailure("no");
            })
        .needsNoCompensation();
  }

  private <O> SagaEnd<O> run(SagaDefinition<Order, O> saga) throws Exception {
    return fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON);
  }

  @Test
  void callsTheRemoteBranchesOfAGroupAtTheSameTime() throws Exception {
    var met = new CyclicBarrier(3);
    var branches =
        List.of("a", "b", "c").stream()
            .map(
                name ->
                    Step.named(name, Order.class)
                        .remote(Integer.class, (order, call) -> met.await(10, TimeUnit.SECONDS))
                        .needsNoCompensation())
            .toList();
    SagaDefinition<Order, Done> saga =
        Saga.define("together", Order.class)
            .step(Step.parallel("all", branches.get(0), branches.get(1), branches.get(2)))
            .build();

    assertThat(run(saga)).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
  }

  @Test
  void waitsForTheOtherBranchesAndCompensatesInReverseOrderOfCompletion() throws Exception {
    var firstDone = new CountDownLatch(1);
    var failed = new CountDownLatch(1);
    var quick = compensated(remote("quick"));
    var slow =
        compensated(
            Step.named("slow", Order.class)
                .remote(
                    String.class,
                    (order, call) -> {
                      failed.await();
                      steps.calls().add("slow");
                      return "slow";
                    }));
    var failing =
        Step.named("failing", Order.class)
            .remote(
                (order, call) -> {
                  firstDone.await();
                  failed.countDown();
                  throw new PermanentFailure("no");
                })
            .needsNoCompensation();
    var local =
        Step.named("local", Order.class)
            .local(
                (order, tx) -> {
                  steps.insert(tx, "local");
                  firstDone.countDown();
                })
            .compensation((order, done, tx) -> steps.calls().add("local compensated"));
    SagaDefinition<Order, Done> saga =
        Saga.define("joined", Order.class)
            .step(steps.recording("before"))
            .step(Step.parallel("group", slow, failing, quick, local))
            .step(remote("never").needsNoCompensation())
            .build();

    assertThat(run(saga)).isEqualTo(new SagaEnd.Compensated<>("failing", "PermanentFailure: no"));
    assertThat(steps.calls())
        .doesNotContain("never")
        .containsSubsequence("slow", "slow compensated", "before o1 compensated")
        .contains("quick compensated", "local compensated")
        .endsWith("before o1 compensated");
  }

  @Test
  void compensatesTheBranchesOfAGroupTogetherOnRequest() throws Exception {
    var met = new CyclicBarrier(2);
    var a = remote("a").compensation((order, result, call) -> met.await(10, TimeUnit.SECONDS));
    var b = remote("b").compensation((order, result, call) -> met.await(10, TimeUnit.SECONDS));
    SagaDefinition<Order, Done> saga =
        Saga.define("together", Order.class)
            .step(Step.<Order>parallel("group", a, b).compensatedTogether())
            .step(refusing("refusing"))
            .build();

    assertThat(run(saga)).isInstanceOf(SagaEnd.Compensated.class);
  }

  @Test
  void takesTheFirstCaseThatHoldsAndRecordsItsDecision() throws Exception {
    var asked = new AtomicInteger();
    var gate =
        Step.choice("gate", Order.class, String.class)
            .on((order, results) -> false, remote("first").needsNoCompensation())
            .on(
                (order, results) -> asked.incrementAndGet() == 1,
                remote("second").needsNoCompensation())
            .otherwise(remote("other").needsNoCompensation());
    SagaDefinition<Order, String> saga =
        Saga.define("choosing", Order.class)
            .step(gate)
            .returning(String.class, (order, results) -> results.resultOf(gate));

    assertThat(run(saga)).isEqualTo(new SagaEnd.Completed<>("second"));
    assertThat(asked).hasValue(1);
    assertThat(steps.calls()).containsExactly("second");
    assertThat(fixture.database.value("select decision from %s.saga_log where path = 'gate'"))
        .isEqualTo("second");
  }

  @Test
  void endsTheForwardPathByARefusalWithItsReason() throws Exception {
    var gate =
        Step.choice("gate", Order.class, Done.class)
            .on(
                (order, results) -> order.note().equals("a note"),
                Step.refuse("too-dear", Order.class, (order, results) -> "above the limit"))
            .otherwiseNothing();
    SagaDefinition<Order, Done> saga =
        Saga.define("refused", Order.class).step(steps.recording("row")).step(gate).build();

    assertThat(run(saga)).isEqualTo(new SagaEnd.Compensated<>("too-dear", "above the limit"));
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
  }

  @Test
  void makesAStepForEachElementAndListsTheResultsInOrder() throws Exception {
    var under = new AtomicInteger();
    var most = new AtomicInteger();
    var ship =
        Step.named("ship", Integer.class)
            .remote(
                String.class,
                (parcel, call) -> {
                  most.accumulateAndGet(under.incrementAndGet(), Math::max);
                  TimeUnit.MILLISECONDS.sleep(20L * (4 - parcel));
                  under.decrementAndGet();
                  return "shipped " + parcel;
                });
    var shipAll =
        Step.forEach("ship-all", Order.class, Integer.class, (order, results) -> List.of(1, 2, 3))
            .concurrency(2)
            .step(ship);
    var pivot = Step.named("pivot", Order.class).local((order, tx) -> {});
    SagaDefinition<Order, String> saga =
        Saga.define("shipping", Order.class)
            .pivot(pivot)
            .step(shipAll)
            .returning(
                String.class, (order, results) -> String.join(", ", results.resultOf(shipAll)));

    assertThat(run(saga)).isEqualTo(new SagaEnd.Completed<>("shipped 1, shipped 2, shipped 3"));
    assertThat(most).hasValue(2);
  }

  @Test
  void waitsAsLongAsADelaySaysAndNotForATimeThatHasPassed() throws Exception {
    SagaDefinition<Order, Done> saga =
        Saga.define("waiting", Order.class)
            .step(Step.delay("a-while", Duration.ofMillis(300)))
            .step(
                Step.delayUntil(
                    "until",
                    Order.class,
                    (order, results) -> Instant.parse("2026-01-01T00:00:00Z")))
            .build();
    long begin = System.nanoTime();

    assertThat(run(saga)).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(300));
  }

  private static CompensatableStep<Integer, Done> part(String name) {
    return Step.named(name, Integer.class)
        .remote((number, call) -> {})
        .compensation((number, done, call) -> {});
  }

  @Test
  void aListWithWhichTheLogWouldBecomeTooLongIsRefused() throws Exception {
    var each =
        Step.forEach("each", Order.class, Integer.class, (o, r) -> Collections.nCopies(1000, 7))
            .step(
                Step.sequence("parts", Integer.class)
                    .step(part("a"))
                    .step(part("b"))
                    .step(part("c"))
                    .step(part("d"))
                    .step(part("e"))
                    .end());
    SagaDefinition<Order, Done> saga =
        Saga.define("long", Order.class).step(steps.recording("row")).step(each).build();

    String why =
        "elements: 1000, with which the saga's log may come to 10003 rows (expected: <= 10000)";
    assertThat(run(saga)).isEqualTo(new SagaEnd.Compensated<>("each", why));
  }

  private SagaDefinition<Order, String> approving(Duration within) {
    var approval = Step.await("approval", APPROVED).within(within).orElse("nobody");
    return Saga.define("approving", Order.class)
        .key(Order::id)
        .step(approval)
        .returning(String.class, (order, results) -> results.resultOf(approval));
  }

  @Test
  void aCallbackTokenIsOfAWaitForASignalOnly() throws Exception {
    var row = steps.recording("row");
    var asking =
        Step.named("asking", Order.class)
            .remote(String.class, (order, call) -> call.callbackToken(row))
            .permanent(IllegalArgumentException.class)
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("asking", Order.class).step(row).step(asking).build();

    String why =
        "IllegalArgumentException: step row waits for no signal (expected: a step made with"
            + " Step.await; an asynchronous step is completed by its own call's"
            + " completionToken())";
    assertThat(run(saga)).isEqualTo(new SagaEnd.Compensated<>("asking", why));
  }

  @Test
  void takesASignalThatComesDuringTheWait() throws Exception {
    var saga = approving(LONG);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.RUNNING);

    engine.signal(saga, "o1", APPROVED, "ada");

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  @Test
  void takesASignalThatCameBeforeTheSaga() throws Exception {
    var saga = approving(LONG);
    SagaEngine engine = fixture.open(saga);
    engine.signal(saga, "o1", APPROVED, "ada");

    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  @Test
  void takesASignalOfACallersTransactionOnceThatCommits() throws Exception {
    var saga = approving(LONG);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).signal(handle.id(), APPROVED, "bob");
      connection.rollback();
      engine.joining(connection).signal(handle.id(), APPROVED, "ada");
      connection.commit();
      connection.setAutoCommit(true);
    }

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  @Test
  void goesOnWithAnotherValueWhenNoSignalCame() throws Exception {
    var saga = approving(Duration.ofMillis(200));

    assertThat(run(saga)).isEqualTo(new SagaEnd.Completed<>("nobody"));
  }

  @Test
  void compensatesWhenNoSignalCame() throws Exception {
    var approval = Step.await("approval", APPROVED).within(Duration.ofMillis(200)).orCompensate();
    SagaDefinition<Order, Done> saga =
        Saga.define("approving", Order.class).step(steps.recording("row")).step(approval).build();

    String silence = "no signal approved came within 200 ms";
    assertThat(run(saga)).isEqualTo(new SagaEnd.Compensated<>("approval", silence));
    assertThat(fixture.events)
        .filteredOn(SagaEvent.WaitedInVain.class::isInstance)
        .extracting(event -> ((SagaEvent.WaitedInVain) event).error())
        .containsExactly(silence);
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
  }

  @Test
  void tellsInItsViewWhatASagaWaitsForAndWhichSignalNobodyClaims() throws Exception {
    var saga = approving(LONG);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> !engine.view(handle.id()).orElseThrow().steps().isEmpty());
    SagaView waiting = engine.view(handle.id()).orElseThrow();
    engine.signal(handle.id(), APPROVED, "ada");
    engine.signal(handle.id(), APPROVED, "bob");

    assertThat(waiting.next()).isEqualTo("signal approved, for step approval");
    assertThat(waiting.nextAt()).hasValueSatisfying(at -> assertThat(at).isAfter(Instant.now()));
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
    assertThat(engine.view(handle.id()).orElseThrow().pendingSignals())
        .extracting(SagaView.SignalView::name)
        .containsExactly("approved");
  }
}
