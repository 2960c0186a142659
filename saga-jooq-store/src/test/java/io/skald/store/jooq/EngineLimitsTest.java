package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps and sagas of which a node makes so many attempts at a time, on real PostgreSQL. */
class EngineLimitsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();
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

  /** A call that takes a while. */
  private void call(Duration duration) {
    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
    calls.incrementAndGet();
    LockSupport.parkNanos(duration.toNanos());
    inside.decrementAndGet();
  }

  private SagaDefinition<String, Done> charging(Duration duration) {
    return Saga.define("order", String.class)
        .key(key -> key)
        .step(
            Step.named("charge", String.class)
                .remote((key, call) -> call(duration))
                .needsNoCompensation())
        .step(Step.named("note", String.class).local((key, tx) -> {}).needsNoCompensation())
        .build();
  }

  private static List<SagaId> started(
      SagaEngine engine, SagaDefinition<String, ?> saga, int count) {
    List<SagaId> ids = new ArrayList<>();
    IntStream.range(0, count).forEach(n -> ids.add(engine.start(saga, saga.name() + n).id()));
    return ids;
  }

  private void awaitAll(List<SagaId> sagas, SagaStatus status) {
    TestDatabase.await(
        () ->
            fixture
                .database
                .value("select count(*) from %s.saga where status = '" + status + "'")
                .equals(Integer.toString(sagas.size())));
  }

  private String attempts() {
    return fixture.database.value("select max(attempt) from %s.saga_log");
  }

  @Test
  void aStepIsUnderWayAsOftenAsItsLimitAllowsAndNoAttemptIsBurned() {
    var saga = charging(Duration.ofMillis(20));
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(3), saga);

    awaitAll(started(engine, saga, 100), SagaStatus.COMPLETED);

    assertThat(most).hasValue(3);
    assertThat(calls).hasValue(100);
    assertThat(attempts()).isEqualTo("1");
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
                        .remote((key, call) -> call(Duration.ofMillis(20)))
                        .needsNoCompensation(),
                    Step.named("b", String.class)
                        .remote((key, call) -> call(Duration.ofMillis(20)))
                        .needsNoCompensation()))
            .build();
    SagaEngine engine = open(Limit.ofSaga("order").atOnce(3), saga);

    awaitAll(started(engine, saga, 40), SagaStatus.COMPLETED);

    assertThat(most).hasValue(3);
    assertThat(calls).hasValue(80);
    assertThat(attempts()).isEqualTo("1");
  }

  @Test
  void whoWaitsForAStepGivesItsRoomToOthers() throws Exception {
    var crowd =
        Saga.define("crowd", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> release.await())
                    .timeout(Duration.ofMinutes(5))
                    .needsNoCompensation())
            .build();
    var other =
        Saga.define("other", String.class)
            .key(key -> key)
            .step(Step.named("note", String.class).local((key, tx) -> {}).needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), crowd, other);
    List<SagaId> waiting = started(engine, crowd, 100);

    for (int i = 0; i < 20; i++) {
      assertThat(engine.start(other, "o" + i).await(EngineFixture.SOON))
          .isInstanceOf(SagaEnd.Completed.class);
    }

    assertThat(waiting)
        .allSatisfy(
            id -> assertThat(engine.view(id).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING));
  }

  @Test
  void aCompensationIsNotKeptUpByThoseWhoGoForward() {
    var failing =
        Saga.define("failing", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> call(Duration.ofMillis(50)))
                    .compensation((key, done, call) -> call(Duration.ofMillis(50))))
            .step(
                Step.named("decide", String.class)
                    .remote(
                        (key, call) -> {
                          throw new PermanentFailure("no");
                        })
                    .needsNoCompensation())
            .build();
    var crowd = charging(Duration.ofMillis(50));
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), failing, crowd);
    SagaId first = engine.start(failing, "first").id();
    List<SagaId> all = started(engine, crowd, 100);

    fixture.await(engine, first, SagaStatus.COMPENSATED);
    assertThat(calls).as("calls until then").hasValueLessThan(50);
    assertThat(most).hasValue(1);
    awaitAll(all, SagaStatus.COMPLETED);
  }

  @Test
  void whatIsCalledAtMostOnceIsTurnedAwayBeforeItsIntentIsRecorded() {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote((key, call) -> call(Duration.ofMillis(100)))
                    .atMostOnce()
                    .needsNoCompensation())
            .build();
    SagaEngine engine = open(Limit.ofStep("charge").atOnce(1), saga);

    awaitAll(started(engine, saga, 30), SagaStatus.COMPLETED);

    assertThat(calls).hasValue(30);
    assertThat(most).hasValue(1);
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
                            .remote((number, call) -> call(Duration.ofMillis(20)))
                            .needsNoCompensation()))
            .build();
    SagaEngine engine = open(Limit.ofStep("ship").atOnce(2), saga);

    awaitAll(started(engine, saga, 2), SagaStatus.COMPLETED);

    assertThat(most).hasValue(2);
    assertThat(calls).hasValue(40);
  }

  @Test
  void aLimitOfWhatIsNotThereIsRefused() {
    var saga = charging(Duration.ZERO);
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
  }
}
