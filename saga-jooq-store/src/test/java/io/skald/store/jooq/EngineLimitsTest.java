package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps and sagas of which a node makes so many attempts at a time, on real PostgreSQL. */
class EngineLimitsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final Limited limited = new Limited(fixture);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    fixture.close();
  }

  private SagaEngine open(Limit limit, SagaDefinition<?, ?>... sagas) {
    EngineOptions options = EngineFixture.impatient().withConcurrency(16);
    return fixture.open(builder -> builder.options(options).limit(limit), sagas);
  }

  /** A saga whose call ends when the test says so. */
  private SagaDefinition<String, Done> held(String name) {
    return Saga.define(name, String.class)
        .key(key -> key)
        .step(
            Step.named("charge", String.class)
                .remote(
                    (key, call) -> {
                      limited.calls.incrementAndGet();
                      release.await();
                    })
                .timeout(Duration.ofMinutes(5))
                .needsNoCompensation())
        .build();
  }

  // ---- how many

  @Test
  void aStepIsUnderWayAsOftenAsItsLimitAllowsAndNoAttemptIsBurned() {
    var saga = limited.charging(Duration.ofMillis(20));
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(3), saga);

    Limited.started(engine, saga, 100);
    limited.awaitAll(100, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValue(3);
    assertThat(limited.calls).hasValue(100);
    assertThat(limited.attempts()).isEqualTo("1");
    limited.awaitNothingKept();
  }

  @Test
  void aLimitOfASagaCountsAllItsSteps() {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.parallel(
                    "prepare",
                    Step.named("a", String.class)
                        .remote((key, call) -> limited.call(key, Duration.ofMillis(20)))
                        .needsNoCompensation(),
                    Step.named("b", String.class)
                        .remote((key, call) -> limited.call(key, Duration.ofMillis(20)))
                        .needsNoCompensation()))
            .build();
    SagaEngine engine = open(Limit.ofSaga("order").atOnce(3), saga);

    Limited.started(engine, saga, 40);
    limited.awaitAll(40, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValue(3);
    assertThat(limited.calls).hasValue(80);
    assertThat(limited.attempts()).isEqualTo("1");
    limited.awaitNothingKept();
  }

  @Test
  void localStepsKeepToTheirLimit() {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.named("write", String.class)
                    .local((key, tx) -> limited.call(key, Duration.ofMillis(20)))
                    .needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("write").atOnce(2), saga);

    Limited.started(engine, saga, 40);
    limited.awaitAll(40, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValue(2);
    limited.awaitNothingKept();
  }

  @Test
  void elementsBesideEachOtherKeepToTheLimitOfTheirStep() {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.forEach(
                        "parcels",
                        String.class,
                        Integer.class,
                        (key, results) -> IntStream.range(0, 20).boxed().toList())
                    .concurrency(10)
                    .step(
                        Step.named("ship", Integer.class)
                            .remote((number, call) -> limited.call("", Duration.ofMillis(20)))
                            .needsNoCompensation()))
            .build();
    SagaEngine engine = open(Limit.ofStep("ship").atOnce(2), saga);

    Limited.started(engine, saga, 2);
    limited.awaitAll(2, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValue(2);
    assertThat(limited.calls).hasValue(40);
    limited.awaitNothingKept();
  }

  @Test
  void whatIsCalledAtMostOnceIsTurnedAwayBeforeItsIntentIsRecorded() {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> limited.call(key, Duration.ofMillis(50)))
                    .atMostOnce()
                    .needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga);

    Limited.started(engine, saga, 30);
    limited.awaitAll(30, SagaStatus.COMPLETED);

    assertThat(limited.calls).hasValue(30);
    assertThat(limited.most).as("the intent keeps the permit").hasValue(1);
  }

  @Test
  void twoLimitsAreKeptToTogether() {
    var saga = limited.charging(Duration.ofMillis(10));
    EngineOptions options = EngineFixture.impatient().withConcurrency(16);
    SagaEngine engine =
        fixture.open(
            builder ->
                builder
                    .options(options)
                    .limit(Limit.ofSaga("order").atOnce(4))
                    .limit(Limit.ofStep("charge").atOnce(9))
                    .limit(Limit.ofStep("charge").atOnce(2))
                    .limit(Limit.ofStep("charge").atOnce(3).overFleet()),
            saga);

    Limited.started(engine, saga, 60);
    limited.awaitAll(60, SagaStatus.COMPLETED);

    assertThat(limited.most).as("the later one of the same replaces").hasValue(2);
    limited.awaitNothingKept();
  }

  // ---- who waits

  @Test
  void whoWaitsForAStepGivesItsRoomToOthers() throws Exception {
    SagaDefinition<String, Done> crowd = held("crowd");
    var other =
        Saga.define("other", String.class)
            .key(key -> key)
            .step(Step.named("note", String.class).local((key, tx) -> {}).needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), crowd, other);
    List<SagaId> waiting = Limited.started(engine, crowd, 100);

    for (int i = 0; i < 20; i++) {
      assertThat(engine.start(other, "o" + i).await(EngineFixture.SOON))
          .isInstanceOf(SagaEnd.Completed.class);
    }

    assertThat(waiting)
        .allSatisfy(
            id -> assertThat(engine.view(id).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING));
    assertThat(limited.calls).hasValue(1);
  }

  @Test
  void whoWaitsGoesOnInTheOrderInWhichItAsked() {
    var saga = limited.charging(Duration.ofMillis(5));
    SagaDefinition<String, Done> first = held("first");
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga, first);
    engine.start(first, "first");
    TestDatabase.await(() -> limited.calls.get() == 1);
    for (int n = 0; n < 20; n++) {
      SagaId id = engine.start(saga, "o" + n).id();
      TestDatabase.await(
          () ->
              limited
                  .value("select count(*) from %s.saga_permit where saga_id = '" + id + "'")
                  .equals("1"));
    }
    release.countDown();
    limited.awaitAll(21, SagaStatus.COMPLETED);

    assertThat(limited.order)
        .containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(n -> "o" + n).toList());
  }

  @Test
  void aCompensationComesBeforeThoseWhoGoForward() {
    var isToFail = new CountDownLatch(1);
    var failing =
        Saga.define("failing", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> limited.call(key, Duration.ZERO))
                    .compensation((key, done, call) -> limited.call("back", Duration.ZERO)))
            .step(
                Step.named("decide", String.class)
                    .remote(
                        (key, call) -> {
                          isToFail.await();
                          throw new PermanentFailure("no");
                        })
                    .needsNoCompensation())
            .build();
    SagaDefinition<String, Done> first = held("first");
    var crowd = limited.charging(Duration.ZERO);
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), failing, first, crowd);
    SagaId failed = engine.start(failing, "failing").id();
    TestDatabase.await(() -> limited.calls.get() == 1);
    engine.start(first, "first");
    TestDatabase.await(() -> limited.calls.get() == 2);
    Limited.started(engine, crowd, 10);
    TestDatabase.await(() -> fixture.database.count("saga_permit") == 11);
    isToFail.countDown();
    TestDatabase.await(() -> fixture.database.count("saga_permit") == 12);
    release.countDown();

    limited.awaitAll(11, SagaStatus.COMPLETED);
    fixture.await(engine, failed, SagaStatus.COMPENSATED);
    assertThat(limited.order).startsWith("failing", "back").hasSize(12);
  }

  // ---- given back

  @Test
  void whoIsCancelledWhileItWaitsLeavesTheQueue() {
    SagaDefinition<String, Done> saga = held("held");
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga);
    engine.start(saga, "first");
    TestDatabase.await(() -> limited.calls.get() == 1);
    SagaId waiting = engine.start(saga, "waiting").id();
    TestDatabase.await(() -> fixture.database.count("saga_permit") == 2);

    engine.operator().cancel(waiting, "olga", "no need");

    fixture.await(engine, waiting, SagaStatus.COMPENSATED);
    assertThat(fixture.database.count("saga_permit")).isOne();
  }

  @Test
  void whoseDeadlinePassesWhileItWaitsLeavesTheQueue() {
    SagaDefinition<String, Done> saga = held("held");
    var hasty =
        Saga.define("hasty", String.class)
            .key(key -> key)
            .deadline(Duration.ofSeconds(2))
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> limited.calls.incrementAndGet())
                    .needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga, hasty);
    engine.start(saga, "first");
    TestDatabase.await(() -> limited.calls.get() == 1);
    SagaId waiting = engine.start(hasty, "waiting").id();

    fixture.await(engine, waiting, SagaStatus.COMPENSATED);
    assertThat(fixture.database.count("saga_permit")).isOne();
    assertThat(limited.calls).hasValue(1);
  }

  @Test
  void anAttemptThatFailsGivesItsPermitBackUntilTheNextOne() throws Exception {
    var failed = new AtomicBoolean();
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote(
                        (key, call) -> {
                          if (key.equals("failing") && failed.compareAndSet(false, true)) {
                            throw new IllegalStateException("down");
                          }
                        })
                    .retry(Retry.exponential(Duration.ofSeconds(3)))
                    .needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga);
    var failing = engine.start(saga, "failing");
    TestDatabase.await(failed::get);

    assertThat(engine.start(saga, "other").await(Duration.ofSeconds(2)))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(failing.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void whomAGuardTurnsAwayHasNoPermitMeanwhile() throws Exception {
    var isShut = new AtomicBoolean(true);
    var guard = new ShutGuard(isShut);
    var guarded =
        Saga.define("guarded", String.class)
            .key(key -> key)
            .step(
                Step.parallel(
                    "both",
                    Step.named("charge", String.class)
                        .remote((key, call) -> {})
                        .guard("bank")
                        .needsNoCompensation(),
                    Step.named("slow", String.class)
                        .remote((key, call) -> release.await())
                        .timeout(Duration.ofMinutes(5))
                        .needsNoCompensation()))
            .build();
    var saga = limited.charging(Duration.ZERO);
    SagaEngine engine =
        fixture.open(
            builder -> builder.guard(guard).limit(Limit.ofStep("charge").atOnce(1)), guarded, saga);
    SagaId shut = engine.start(guarded, "guarded").id();
    TestDatabase.await(() -> guard.asked.get() > 0);

    assertThat(engine.start(saga, "other").await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    isShut.set(false);
    release.countDown();
    fixture.await(engine, shut, SagaStatus.COMPLETED);
  }

  /** A guard that admits nothing while it is shut. */
  private static final class ShutGuard implements AttemptGuard {
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean isShut;

    ShutGuard(AtomicBoolean isShut) {
      this.isShut = isShut;
    }

    @Override
    public boolean knows(String name) {
      return true;
    }

    @Override
    public <R> R run(String name, Callable<R> attempt) throws Exception {
      if (isShut.get()) {
        asked.incrementAndGet();
        throw new GuardRejectedException("bank", Duration.ofSeconds(2));
      }
      return attempt.call();
    }
  }

  @Test
  void whoIsStuckHasNoPermit() throws Exception {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .pivot(Step.named("charge", String.class).local((key, tx) -> {}))
            .step(
                Step.named("ship", String.class)
                    .remote(
                        (key, call) -> {
                          if (key.equals("stuck")) {
                            throw new PermanentFailure("no");
                          }
                        }))
            .build();
    SagaEngine engine = open(Limit.ofSaga("order").atOnce(1), saga);
    fixture.await(engine, engine.start(saga, "stuck").id(), SagaStatus.STUCK);

    assertThat(fixture.database.count("saga_permit")).isZero();
    assertThat(engine.start(saga, "good").await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  // ---- beside other waits

  @Test
  void whoWaitsForASignalAsWellMissesNeither() {
    var news = Signal.named("news", String.class);
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.parallel(
                    "both",
                    Step.named("charge", String.class)
                        .remote((key, call) -> limited.call(key, Duration.ofMillis(20)))
                        .needsNoCompensation(),
                    Step.await("hear", news).within(Duration.ofMinutes(1)).orCompensate()))
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(2), saga);
    Limited.started(engine, saga, 40);
    IntStream.range(0, 40).forEach(n -> engine.signal(saga, "order" + n, news, "heard"));

    limited.awaitAll(40, SagaStatus.COMPLETED);
    assertThat(limited.most).hasValue(2);
    assertThat(limited.calls).hasValue(40);
    limited.awaitNothingKept();
  }

  // ---- refused

  @Test
  void aLimitOfWhatIsNotThereIsRefused() {
    var saga = limited.charging(Duration.ZERO);
    assertThatThrownBy(() -> open(Limit.ofStep("chargecard").atOnce(1), saga))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "limit of step chargecard: there is none (expected: the name of a task that is defined"
                + " here)");
    assertThatThrownBy(() -> open(Limit.ofSaga("orders").atOnce(1), saga))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("limit of saga orders");
    assertThatThrownBy(() -> Limit.ofStep("charge").atOnce(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Limit.ofStep("charge").atOnce(1_001))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
