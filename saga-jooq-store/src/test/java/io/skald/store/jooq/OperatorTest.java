package io.skald.store.jooq;

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
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How an operator moves a stuck saga, on real PostgreSQL. */
class OperatorTest {
  private final EngineFixture fixture = new EngineFixture();
  private final AtomicBoolean broken = new AtomicBoolean(true);
  private final List<Integer> attempts = new CopyOnWriteArrayList<>();

  private final LocalStep<String, Done> pivot =
      Step.named("pivot", String.class).local((order, tx) -> {});
  private final RemoteStep<String, String> ship =
      Step.named("ship", String.class)
          .remote(
              String.class,
              (order, call) -> {
                attempts.add(call.attempt());
                if (broken.get()) {
                  throw new PermanentFailure("no carrier");
                }
                return "parcel";
              });
  private final SagaDefinition<String, String> shipping =
      Saga.define("shipping", String.class)
          .key(order -> order)
          .pivot(pivot)
          .step(ship)
          .returning(String.class, (order, results) -> results.resultOf(ship));

  private final CompensatableStep<String, Done> reserve =
      Step.named("reserve", String.class)
          .remote((order, call) -> {})
          .compensation(
              (order, done, call) -> {
                attempts.add(call.attempt());
                if (broken.get()) {
                  throw new IOException("inventory is down");
                }
              })
          .compensationRetry(Retry.exponential(Duration.ofMillis(10)).attemptsMax(2));
  private final CompensatableStep<String, Done> refuse =
      Step.named("refuse", String.class)
          .local(
              (order, tx) -> {
                throw new PermanentFailure("refused");
              })
          .needsNoCompensation();
  private final SagaDefinition<String, Done> reserving =
      Saga.define("reserving", String.class).key(order -> order).step(reserve).step(refuse).build();

  private final CompensatableStep<String, Done> waits =
      Step.named("waits", String.class)
          .remote(
              (order, call) -> {
                throw new IOException("down");
              })
          .retry(Retry.exponential(Duration.ofHours(1)).delayMax(Duration.ofHours(1)))
          .compensation((order, done, call) -> attempts.add(call.attempt()));
  private final SagaDefinition<String, Done> waiting =
      Saga.define("waiting", String.class).key(order -> order).step(waits).build();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void retriesAStepAfterThePivotWithAWholeBudgetAndNumbersThatGoOn() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    SagaHandle<String> handle = engine.start(shipping, "o1");
    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Stuck<>(
                "ship", "a step after the pivot cannot succeed; PermanentFailure: no carrier"));
    broken.set(false);
    engine.operator().retry(handle.id(), "olga", "the carrier is back");

    assertThat(handle.end().toCompletableFuture().get())
        .isEqualTo(new SagaEnd.Completed<>("parcel"));
    assertThat(attempts).containsExactly(1, 2);
    assertThat(audit()).isEqualTo("olga retry ship the carrier is back");
  }

  @Test
  void isStuckWithTheRefusalWhenARetriedStepIsRefusedAgain() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    SagaHandle<String> handle = stuck(engine);
    engine.operator().retry(handle.id(), "olga", "once more");

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Stuck<>(
                "ship", "a step after the pivot cannot succeed; PermanentFailure: no carrier"));
    assertThat(attempts).containsExactly(1, 2);
    assertThat(statusOf("ship")).isEqualTo("FAILED 2");
  }

  @Test
  void leavesNoRowOpenWhenItTurnsAroundBetweenTwoAttemptsOfALocalStep() throws Exception {
    var writes =
        Step.named("writes", String.class)
            .local(
                (order, tx) -> {
                  attempts.add(tx.attempt());
                  throw new IOException("down");
                })
            .retry(Retry.exponential(Duration.ofHours(1)).delayMax(Duration.ofHours(1)))
            .needsNoCompensation();
    var saga = Saga.define("writing", String.class).step(reserve).step(writes).build();
    SagaEngine engine = fixture.open(saga);
    broken.set(false);
    SagaHandle<Done> handle = engine.start(saga, "o1");
    TestDatabase.await(() -> statusOf("writes").equals("RETRYING 1"));
    engine.operator().cancel(handle.id(), "olga", "no longer wanted");

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("writes", "cancelled"));
    assertThat(statusOf("writes")).isEqualTo("FAILED 1");
  }

  @Test
  void leavesNoRowOpenWhenItResolvesASagaBetweenTwoAttempts() throws Exception {
    SagaEngine engine = fixture.open(waiting);
    SagaHandle<Done> handle = engine.start(waiting, "o1");
    TestDatabase.await(() -> statusOf("waits").equals("RETRYING 1"));
    fixture.database.execute("update %s.saga set status = 'STUCK', wake_at = null");
    engine.operator().resolve(handle.id(), "olga", "settled by hand");

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Resolved.class);
    assertThat(statusOf("waits")).isEqualTo("UNKNOWN 1");
  }

  @Test
  void skipsTheStuckStepWithAResult() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    SagaHandle<String> handle = stuck(engine);
    engine.operator().skip(handle.id(), ship, "by hand", "olga", "shipped by courier");

    assertThat(handle.end().toCompletableFuture().get())
        .isEqualTo(new SagaEnd.Completed<>("by hand"));
    assertThat(audit()).isEqualTo("olga skip ship shipped by courier");
  }

  @Test
  void aSagaThatIsPastItsPivotByHandIsUrgentAndOneThatIsToTryItAgainIsNot() throws Exception {
    var charge =
        Step.named("charge", String.class)
            .remote(
                String.class,
                (order, call) -> {
                  throw new IOException("no answer");
                })
            .retry(Retry.never())
            .verify((order, call) -> Outcome.unknown());
    var charging = Saga.define("charging", String.class).key(order -> order).pivot(charge).build();
    SagaEngine engine = fixture.open(charging);
    SagaHandle<Done> handle = engine.start(charging, "o1");
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    engine.operator().retry(handle.id(), "olga", "once more");
    TestDatabase.await(() -> statusOf("charge").endsWith(" 2"));
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    assertThat(fixture.database.value("select urgent from %s.saga")).isEqualTo("f");

    engine.operator().skip(handle.id(), charge, "paid", "olga", "the bank says so");
    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.value("select urgent from %s.saga")).isEqualTo("t");
  }

  @Test
  void resolvesAStuckSaga() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    SagaHandle<String> handle = stuck(engine);
    engine.operator().resolve(handle.id(), "olga", "settled with the customer");

    assertThat(handle.end().toCompletableFuture().get())
        .isEqualTo(new SagaEnd.Resolved<>("olga", "settled with the customer"));
    assertThat(engine.view(handle.id()).orElseThrow().status()).isEqualTo(SagaStatus.RESOLVED);
  }

  @Test
  void retriesAndSkipsAStuckCompensation() throws Exception {
    SagaEngine engine = fixture.open(reserving);
    SagaHandle<Done> first = engine.start(reserving, "o1");
    assertThat(first.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    broken.set(false);
    engine.operator().retry(first.id(), "olga", "inventory is back");
    fixture.await(engine, first.id(), SagaStatus.COMPENSATED);
    assertThat(attempts).containsExactly(1, 2, 3);
    broken.set(true);
    SagaHandle<Done> second = engine.start(reserving, "o2");
    assertThat(second.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    engine.operator().skipCompensation(second.id(), reserve, "olga", "released by hand");

    SagaView view = fixture.await(engine, second.id(), SagaStatus.COMPENSATED);
    assertThat(view.steps())
        .anySatisfy(step -> assertThat(step.status()).isEqualTo(LogStatus.SKIPPED));
  }

  @Test
  void cancelsASagaThatWaitsAndCompensatesWhatMayHaveTakenEffect() throws Exception {
    SagaEngine engine = fixture.open(waiting);
    SagaHandle<Done> handle = engine.start(waiting, "o1");
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> !engine.view(handle.id()).orElseThrow().steps().isEmpty());
    engine.operator().cancel(handle.id(), "olga", "the customer called");

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("waits", "cancelled"));
    assertThat(attempts).containsExactly(1);
    assertThatThrownBy(() -> engine.operator().cancel(handle.id(), "olga", "again"))
        .isInstanceOf(IllegalSagaStateException.class);
  }

  @Test
  void refusesWhatTheStateDoesNotAllowAndWritesNoAudit() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    broken.set(false);
    SagaHandle<String> handle = engine.start(shipping, "o1");
    handle.await(EngineFixture.SOON);
    SagaId id = handle.id();

    assertThatThrownBy(() -> engine.operator().retry(id, "olga", "why not"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("COMPLETED");
    assertThatThrownBy(() -> engine.operator().resolve(id, "olga", "why not"))
        .isInstanceOf(IllegalSagaStateException.class);
    assertThatThrownBy(
            () -> engine.operator().retry(new SagaId(UUID.randomUUID()), "olga", "why not"))
        .isInstanceOf(UnknownSagaException.class);
    assertThatThrownBy(() -> engine.operator().retry(id, " ", "why not"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("actor");
    assertThat(fixture.database.count("saga_audit")).isZero();
  }

  @Test
  void refusesToCancelPastThePivot() throws Exception {
    SagaEngine engine = fixture.open(shipping);
    SagaHandle<String> handle = stuck(engine);

    assertThatThrownBy(() -> engine.operator().cancel(handle.id(), "olga", "too late"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("point of no return");
  }

  private SagaHandle<String> stuck(SagaEngine engine) throws Exception {
    SagaHandle<String> handle = engine.start(shipping, "o1");
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    return handle;
  }

  private String statusOf(String step) {
    return fixture.database.value(
        "select coalesce(max(status || ' ' || attempt), '') from %s.saga_log where direction ="
            + " 'ACTION' and path = '"
            + step
            + "'");
  }

  private String audit() {
    return fixture.database.value(
        "select actor || ' ' || action || ' ' || step || ' ' || reason from %s.saga_audit");
  }
}
