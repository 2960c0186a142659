package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What ties a saga to others: TCC participants, whoever has its work, the sagas it starts. */
class EngineLinksTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final CompletableFuture<String> token = new CompletableFuture<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  // ---- TCC

  private CompensatableStep<Order, String> tcc(String name) {
    return Step.named(name, Order.class)
        .tryRemote(
            String.class,
            (order, call) -> {
              steps.calls().add("try " + name);
              return "hold of " + name;
            })
        .retry(QUICK)
        .confirm((order, hold, call) -> steps.calls().add("confirm " + hold))
        .cancel((order, hold, call) -> steps.calls().add("cancel " + hold.orElse("nothing")));
  }

  @Test
  void confirmsTheTriesInTheirOrderOnceThePivotHasSucceeded() throws Exception {
    var pivot = Step.named("pivot", Order.class).local((o, tx) -> steps.calls().add("pivot"));
    var after = Step.named("after", Order.class).remote((o, call) -> steps.calls().add("after"));
    SagaDefinition<Order, Done> saga =
        Saga.define("tcc", Order.class)
            .step(tcc("wallet"))
            .step(tcc("stock"))
            .pivot(pivot)
            .step(after)
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(Done.DONE));
    assertThat(steps.calls())
        .containsExactly(
            "try wallet",
            "try stock",
            "pivot",
            "confirm hold of wallet",
            "confirm hold of stock",
            "after");
    assertThat(
            fixture.database.value("select count(*) from %s.saga_log where direction = 'CONFIRM'"))
        .isEqualTo("2");
  }

  @Test
  void cancelsTheTriesInReverseOrderWhenTheSagaCannotGoOn() throws Exception {
    var refusing =
        Step.named("refusing", Order.class)
            .remote(
                (order, call) -> {
                  throw new PermanentFailure("no");
                })
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("tcc", Order.class)
            .step(tcc("wallet"))
            .step(steps.recording("row"))
            .step(tcc("stock"))
            .step(refusing)
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("refusing", "PermanentFailure: no"));
    assertThat(steps.calls())
        .containsExactly(
            "try wallet",
            "row",
            "try stock",
            "cancel hold of stock",
            "row o1 compensated",
            "cancel hold of wallet");
  }

  @Test
  void isStuckAtAConfirmationThatCannotSucceedUntilAnOperatorSkipsIt() throws Exception {
    var wallet =
        Step.named("wallet", Order.class)
            .tryRemote(String.class, (order, call) -> "hold")
            .confirm(
                (order, hold, call) -> {
                  throw new IOException("down");
                })
            .confirmRetry(Retry.never())
            .cancel((order, hold, call) -> {});
    SagaDefinition<Order, Done> saga = Saga.define("tcc", Order.class).step(wallet).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    SagaView stuck = fixture.await(engine, handle.id(), SagaStatus.STUCK);
    assertThat(stuck.reason()).hasValue("its confirmation cannot succeed; IOException: down");
    assertThatThrownBy(() -> engine.operator().cancel(handle.id(), "ada", "too late"))
        .hasMessageContaining("point of no return");
    engine.operator().skipConfirmation(handle.id(), wallet, "ada", "captured by hand");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
  }

  // ---- asynchronous steps

  private AsyncStep<Order, String> book() {
    return Step.named("book", Order.class)
        .async(String.class, (order, call) -> token.complete(call.completionToken()));
  }

  private SagaDefinition<Order, String> booking(AsyncStep<Order, String> book) {
    var compensated =
        book.compensation(
            (order, booking, call) ->
                steps.calls().add("booking compensated: " + booking.orElse("unknown")));
    return Saga.define("booking", Order.class)
        .step(compensated)
        .returning(String.class, (order, results) -> results.resultOf(compensated));
  }

  @Test
  void anAsynchronousStepIsCompletedOnceByItsToken() throws Exception {
    var book = book();
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);

    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(engine.complete(book, secret, "seat 8")).isFalse();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(engine.complete(book, secret, "seat 9")).isFalse();
    assertThat(engine.fail(secret, "no seat")).isFalse();
  }

  @Test
  void anAsynchronousStepThatFailsHasDoneNothing() throws Exception {
    var saga = booking(book());
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(engine.fail(token.get(10, TimeUnit.SECONDS), "fully booked")).isTrue();
    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "fully booked"));
    assertThat(steps.calls()).isEmpty();
  }

  @Test
  void anAsynchronousStepThatIsNotCompletedInTimeMayHaveHappened() throws Exception {
    var saga = booking(book().within(Duration.ofMillis(300)));
    SagaEngine engine = fixture.open(saga);

    assertThat(engine.start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
    assertThat(steps.calls()).containsExactly("booking compensated: unknown");
  }

  @Test
  void aSignOfLifeProlongsTheWait() throws Exception {
    var book = book().heartbeatWithin(Duration.ofMillis(700));
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(1500)) {
      assertThat(engine.heartbeat(secret)).isTrue();
      TimeUnit.MILLISECONDS.sleep(150);
    }

    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(fixture.database.count("saga_signal where name <> '@book#0'")).isLessThan(2);
  }

  @Test
  void aTokenIsOfOneSagaAndOneStep() throws Exception {
    var book = book();
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> unused = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);
    String other = (secret.startsWith("A") ? "B" : "A") + secret.substring(1);

    assertThatThrownBy(() -> engine.complete(book.as("other"), secret, "x"))
        .hasMessage("token: not one of step other (expected: the step it was given for)");
    assertThatThrownBy(() -> engine.complete(book, secret + "x", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining(secret);
    assertThatThrownBy(() -> engine.complete(book, other, "x"))
        .isInstanceOf(RuntimeException.class)
        .hasMessageNotContaining(secret);
    assertThatThrownBy(() -> engine.heartbeat("no token"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> engine.heartbeat(secret))
        .hasMessageStartingWith("token: one of a step without heartbeatWithin");
  }

  @Test
  void aWaitForASignalIsCompletedByItsTokenToo() throws Exception {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orElse("nobody");
    var ask =
        Step.named("ask", Order.class)
            .remote((order, call) -> token.complete(call.callbackToken(approval)))
            .needsNoCompensation();
    SagaDefinition<Order, String> saga =
        Saga.define("asking", Order.class)
            .step(ask)
            .step(approval)
            .returning(String.class, (order, results) -> results.resultOf(approval));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(engine.complete(approval, token.get(10, TimeUnit.SECONDS), "ada")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  // ---- sub-sagas

  private SagaDefinition<String, String> child(CompensatableStep<String, String> step) {
    return Saga.define("child", String.class)
        .step(step)
        .returning(String.class, (in, results) -> results.resultOf(step));
  }

  private CompensatableStep<String, String> insuring() {
    return Step.named("insure", String.class)
        .remote(
            String.class,
            (in, call) -> {
              steps.calls().add("insure " + in);
              return "policy of " + in;
            })
        .retry(QUICK)
        .compensation((in, policy, call) -> steps.calls().add("insurance compensated"));
  }

  private CompensatableStep<Order, Done> gate(AtomicBoolean open) {
    return Step.named("gate", Order.class)
        .remote(
            (order, call) -> {
              if (!open.get()) {
                throw new PermanentFailure("closed");
              }
            })
        .needsNoCompensation();
  }

  @Test
  void aSagaAsAStepHasAnIdOfItsOwnAndGivesItsResult() throws Exception {
    var insurance = child(insuring());
    var insure = Step.saga("insure-it", Order.class, insurance, (order, results) -> order.id());
    SagaDefinition<Order, String> saga =
        Saga.define("parent", Order.class)
            .step(insure)
            .returning(String.class, (order, results) -> results.resultOf(insure));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("policy of o1"));
    var started = engine.find(insurance, handle.id() + ":insure-it").orElseThrow();
    assertThat(engine.view(handle.id()).orElseThrow().steps().getFirst().child())
        .hasValue(started.id());
    assertThat(engine.view(started.id()).orElseThrow().parent())
        .hasValue(new SagaView.ParentView(handle.id(), "insure-it"));
  }

  @Test
  void aParentFailsWithTheSagaItStarted() throws Exception {
    var refusing =
        Step.named("insure", String.class)
            .remote(
                String.class,
                (in, call) -> {
                  throw new PermanentFailure("too risky");
                })
            .needsNoCompensation();
    var insure =
        Step.saga("insure-it", Order.class, child(refusing), (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class).step(steps.recording("row")).step(insure).build();

    SagaEnd<Done> end = fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON);

    assertThat(end)
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class,
            compensated -> assertThat(compensated.reason()).contains("compensated: ", "too risky"));
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
  }

  @Test
  void aCompletedSagaIsCompensatedBeforeItsParentGoesOnCompensating() throws Exception {
    var insure =
        Step.saga("insure-it", Order.class, child(insuring()), (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class)
            .step(steps.recording("row"))
            .step(insure)
            .step(gate(new AtomicBoolean()))
            .build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls())
        .containsExactly("row", "insure o1", "insurance compensated", "row o1 compensated");
    assertThat(fixture.database.value("select count(*) from %s.saga where status = 'COMPENSATED'"))
        .isEqualTo("2");
  }

  @Test
  void aRunningSagaIsCancelledWhenItsParentCompensates() throws Exception {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate();
    SagaDefinition<String, Done> waiting =
        Saga.define("waiting", String.class).step(insuring()).step(approval).build();
    var wait = Step.saga("wait", Order.class, waiting, (order, results) -> order.id());
    SagaDefinition<Order, Done> saga =
        Saga.define("parent", Order.class).step(steps.recording("row")).step(wait).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> steps.calls().contains("insure o1"));

    engine.operator().cancel(handle.id(), "ada", "changed my mind");

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls())
        .containsExactly("row", "insure o1", "insurance compensated", "row o1 compensated");
  }

  @Test
  void aParentWaitsForASagaThatIsStuckUntilAnOperatorMovesIt() throws Exception {
    var once = new AtomicBoolean();
    var insure =
        Step.named("insure", String.class)
            .remote(
                String.class,
                (in, call) -> {
                  if (once.compareAndSet(false, true)) {
                    throw new IOException("down");
                  }
                  return "policy";
                })
            .retry(Retry.never())
            .verify((in, call) -> Outcome.unknown());
    SagaDefinition<String, String> insurance =
        Saga.define("child", String.class)
            .pivot(insure)
            .returning(String.class, (in, results) -> results.resultOf(insure));
    var pivot = Step.named("pivot", Order.class).local((order, tx) -> {});
    var step = Step.saga("insure-it", Order.class, insurance, (order, results) -> order.id());
    SagaDefinition<Order, String> saga =
        Saga.define("parent", Order.class)
            .pivot(pivot)
            .step(step.afterPivot())
            .returning(String.class, (order, results) -> results.resultOf(step));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    Awaitility.await().until(() -> engine.find(insurance, handle.id() + ":insure-it").isPresent());
    var started = engine.find(insurance, handle.id() + ":insure-it").orElseThrow();

    fixture.await(engine, started.id(), SagaStatus.STUCK);
    assertThat(engine.view(handle.id()).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING);
    engine.operator().retry(started.id(), "ada", "it is up again");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("policy"));
  }
}
