package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaId;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a sign of life means after an operator had the work handed out again. */
class EngineSignsOfLifeTest {
  private static final Duration WITHIN = Duration.ofSeconds(2);

  private final EngineFixture fixture = new EngineFixture();
  private final TokenSteps steps = new TokenSteps();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** Handed out; from the second time on the hand-out is not answered. */
  private AsyncStep<Order, String> book() {
    return steps
        .book(
            attempt -> {
              if (attempt > 1) {
                throw new IOException("down");
              }
            })
        .within(WITHIN)
        .heartbeatWithin(WITHIN);
  }

  /** It can say and do everything but go on with the saga. */
  private SagaEngine bystander() {
    var other = Step.named("other", Order.class).local((order, tx) -> {});
    return fixture.open(
        Saga.define("other", Order.class).step(other.needsNoCompensation()).build());
  }

  private SagaId stuck(SagaDefinition<Order, ?> saga) {
    SagaEngine engine = fixture.open(saga);
    SagaId id = engine.start(saga, Order.of("o1")).id();
    fixture.await(engine, id, SagaStatus.STUCK);
    engine.close();
    return id;
  }

  private static void await(SagaEngine engine, SagaId id, Predicate<SagaView> what) {
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> what.test(engine.view(id).orElseThrow()));
  }

  @Test
  void itCountsThoughTheHandOutBeforeItWasNotAnswered() throws Exception {
    var book = book().retry(Retry.exponential(Duration.ofMinutes(1)));
    var saga = TokenSteps.afterPivot(book);
    SagaId id = stuck(saga);
    SagaEngine engine = fixture.open(saga);
    engine.operator().retry(id, "ada", "again");
    String secret = steps.token(2);
    await(engine, id, view -> view.steps().getLast().status() == LogStatus.RETRYING);

    assertThat(engine.heartbeat(secret)).isTrue();
    await(engine, id, view -> view.steps().getLast().status() == LogStatus.WAITING);
    assertThat(engine.view(id).orElseThrow().pendingSignals()).isEmpty();
    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(engine.find(saga, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  /** What is decided at the step, as its row keeps it. */
  private String decided() {
    return fixture.database.value("select decision from %s.saga_log where path = 'book'");
  }

  @Test
  void itGivesWorkThatIsHandedOutAgainItsWholeTimeAgain() throws Exception {
    var saga = TokenSteps.afterPivot(book().retry(Retry.exponential(Duration.ofMinutes(1))));
    SagaId id = stuck(saga);
    assertThat(decided()).as("the end of a wait goes with the wait").isEqualTo("null");
    SagaEngine engine = fixture.open(saga);
    engine.operator().retry(id, "ada", "again");
    String secret = steps.token(2);
    await(engine, id, view -> view.steps().getLast().status() == LogStatus.RETRYING);

    assertThat(engine.heartbeat(steps.token(1))).as("of the hand-out before").isFalse();
    Instant before = now();
    assertThat(engine.heartbeat(secret)).isTrue();
    await(engine, id, view -> view.steps().getLast().status() == LogStatus.WAITING);
    assertThat(Instant.parse(decided())).isBetween(before.plus(WITHIN), now().plus(WITHIN));
  }

  private Instant now() {
    return Instant.parse(
        fixture.database.value(
            "select to_char(clock_timestamp() at time zone 'UTC',"
                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
  }

  /** What asking an operator left in the row is not in the way of the next hand-out. */
  @Test
  void itIsNotHeardOfTheHandOutBeforeAnOperatorWasAsked() throws Exception {
    SagaDefinition<Order, Done> saga =
        Saga.define("booking", Order.class)
            .key(Order::id)
            .step(book().ifSpent(Spent.askOperator()).needsNoCompensation())
            .build();
    SagaId id = stuck(saga);
    SagaEngine bystander = bystander();
    bystander.operator().retry(id, "ada", "again");
    assertThat(decided()).isEqualTo("null");
    assertThat(bystander.heartbeat(steps.token(1))).isFalse();

    SagaEngine engine = fixture.open(saga);
    await(engine, id, view -> view.nextAt().isPresent());
    SagaView view = engine.view(id).orElseThrow();
    assertThat(view.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(view.steps().getLast().status()).isIn(LogStatus.WAITING, LogStatus.RETRYING);
  }
}
