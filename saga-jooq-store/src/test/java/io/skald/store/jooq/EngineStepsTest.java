package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps that an engine runs, forward and back, on real PostgreSQL. */
class EngineStepsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void runsLocalAndRemoteStepsAndMakesTheResult() throws Exception {
    var insert = steps.insert("insert");
    var lines =
        Step.named("lines", Order.class)
            .remote(TypeRef.listOf(String.class), (order, call) -> List.of("a", "b"))
            .needsNoCompensation();
    var notify =
        Step.named("notify", Order.class).remote((order, call) -> steps.calls().add("notify"));
    var pivot = Step.named("pivot", Order.class).local((order, tx) -> steps.calls().add("pivot"));
    SagaDefinition<Order, String> saga =
        Saga.define("forward", Order.class)
            .key(Order::id)
            .attribute("note", Order::note)
            .step(insert)
            .step(lines)
            .pivot(pivot)
            .step(notify)
            .returning(
                String.class,
                (order, results) -> results.resultOf(insert).id() + results.resultOf(lines).size());
    SagaHandle<String> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("o12"));
    assertThat(handle.end().toCompletableFuture().get()).isEqualTo(new SagaEnd.Completed<>("o12"));
    assertThat(steps.calls()).containsExactly("pivot", "notify");
    assertThat(fixture.database.count("business")).isEqualTo(1);
    assertThat(fixture.events).filteredOn(SagaEvent.StepSucceeded.class::isInstance).hasSize(4);
  }

  @Test
  void retriesDurablyAndKeepsTheIdempotencyKey() throws Exception {
    var keys = new CopyOnWriteArrayList<String>();
    var remote =
        Step.named("flaky", Order.class)
            .remote(
                (order, call) -> {
                  keys.add(call.idempotencyKey() + " " + call.attempt());
                  if (call.attempt() < 3) {
                    throw new IOException("not yet");
                  }
                })
            .retry(QUICK)
            .needsNoCompensation();
    var saga = Saga.define("flaky", Order.class).key(Order::id).step(remote).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    String key = handle.id() + ":flaky:action ";
    assertThat(keys).containsExactly(key + 1, key + 2, key + 3);
  }

  @Test
  void asksVerifyBeforeItCallsAgain() throws Exception {
    var asked = new AtomicInteger();
    var charge =
        Step.named("charge", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  steps.calls().add("charge");
                  throw new IOException("answer lost");
                })
            .retry(QUICK)
            .verify(
                (order, call) ->
                    asked.incrementAndGet() == 1
                        ? Outcome.unknown()
                        : Outcome.succeeded("payment"));
    var saga =
        Saga.define("verified", Order.class)
            .key(Order::id)
            .pivot(charge)
            .returning(String.class, (order, results) -> results.resultOf(charge));

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("payment"));
    assertThat(steps.calls()).as("once at first, once after verify could not tell").hasSize(2);
  }

  @Test
  void saysWhatAVerificationSaidInTheFormOfEveryOtherReason() throws Exception {
    var charge =
        Step.named("charge", Order.class)
            .remote(
                (order, call) -> {
                  throw new IOException("answer lost");
                })
            .retry(QUICK)
            .verify((order, call) -> Outcome.failed("no such payment"));
    var saga = Saga.define("disproved", Order.class).pivot(charge).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("charge", "Outcome.failed: no such payment"));
  }

  @Test
  void recordsAnAttemptThatMustNotBeRepeatedBeforeItIsMade() throws Exception {
    var seen = new CopyOnWriteArrayList<String>();
    var once =
        Step.named("once", Order.class)
            .remote(
                (order, call) -> {
                  seen.add(fixture.database.value("select status from %s.saga_log"));
                  throw new IOException("nobody knows");
                })
            .atMostOnce()
            .compensation((order, done, call) -> steps.calls().add("compensated"));
    var saga = Saga.define("once", Order.class).key(Order::id).step(once).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(seen).containsExactly("STARTED");
    assertThat(steps.calls()).containsExactly("compensated");
    SagaView.StepView action = fixture.open(saga).view(handle.id()).orElseThrow().steps().get(0);
    assertThat(action.status()).isEqualTo(LogStatus.UNKNOWN);
    assertThat(action.direction()).isEqualTo(Direction.ACTION);
  }

  @Test
  void postponesWhatTheGuardRejectsAndCountsNoAttempt() throws Exception {
    var rejections = new AtomicInteger();
    AttemptGuard guard =
        new AttemptGuard() {
          @Override
          public <R> R run(String name, Callable<R> attempt) throws Exception {
            if (rejections.incrementAndGet() <= 3) {
              throw new GuardRejectedException(name + " is open", Duration.ofMillis(20));
            }
            return attempt.call();
          }

          @Override
          public boolean knows(String name) {
            return name.equals("inventory");
          }
        };
    var attempts = new CopyOnWriteArrayList<Integer>();
    var saga =
        Saga.define("guarded", Order.class)
            .key(Order::id)
            .step(
                Step.named("guarded", Order.class)
                    .remote((order, call) -> attempts.add(call.attempt()))
                    .guard("inventory")
                    .needsNoCompensation())
            .build();
    SagaEngine engine = fixture.open(builder -> builder.guard(guard), saga);

    assertThat(engine.start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(attempts).containsExactly(1);
  }

  // ---- backward

  @Test
  void compensatesInReverseOrderWithWhatWasRecorded() throws Exception {
    var first = steps.recording("first");
    var second = steps.recording("second");
    var third =
        Step.named("third", Order.class)
            .remote(
                (order, call) -> {
                  throw new PermanentFailure("sold out");
                })
            .compensation((order, done, call) -> steps.calls().add("third undone"));
    var saga =
        Saga.define("backward", Order.class)
            .key(Order::id)
            .step(first)
            .step(second)
            .step(third)
            .build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("third", "PermanentFailure: sold out"));
    assertThat(steps.calls())
        .containsExactly("first", "second", "second o1 compensated", "first o1 compensated");
    assertThat(fixture.database.count("business")).isZero();
  }

  @Test
  void compensatesATimedOutCallWithAnEmptyResult() throws Exception {
    var release = new CountDownLatch(1);
    var slow =
        Step.named("slow", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  release.await();
                  return "late";
                })
            .timeout(Duration.ofMillis(50))
            .retry(Retry.never())
            .compensation(
                (order, result, call) -> steps.calls().add("compensated " + result.isPresent()));
    var saga = Saga.define("timeout", Order.class).key(Order::id).step(slow).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(steps.calls()).containsExactly("compensated false");
    release.countDown();
  }

  @Test
  void compensatesWhenTheDeadlinePasses() throws Exception {
    var saga =
        Saga.define("deadline", Order.class)
            .key(Order::id)
            .deadline(Duration.ofMillis(300))
            .step(steps.recording("first"))
            .step(OrderSteps.failing("never", Retry.exponential(Duration.ofHours(1))))
            .build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("never", "deadline passed"));
    assertThat(steps.calls()).contains("first o1 compensated");
  }

  @Test
  void hasCompensatedByTheDeadlineOfWhichAShareIsKeptForThat() throws Exception {
    Duration hour = Duration.ofHours(1);
    var saga =
        Saga.define("share", Order.class)
            .key(Order::id)
            .deadline(hour)
            .keptForCompensation(hour.minusMillis(300))
            .step(steps.recording("first"))
            .step(OrderSteps.failing("never", Retry.exponential(hour.multipliedBy(2))))
            .build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "never", "the rest of the deadline is kept for compensation"));
    SagaView view = engine.view(handle.id()).orElseThrow();
    assertThat(view.deadlineAt().orElseThrow())
        .isCloseTo(view.createdAt().plus(hour), within(1, ChronoUnit.SECONDS))
        .isAfter(view.finishedAt().orElseThrow());
    assertThat(view.finishedAt().orElseThrow()).isAfter(view.createdAt().plusMillis(290));
  }
}
