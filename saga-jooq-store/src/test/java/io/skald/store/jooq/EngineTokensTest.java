package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of a step by token: which word it hears, and what whoever says it is told. */
@Timeout(60)
class EngineTokensTest {
  private final EngineFixture fixture = new EngineFixture();
  private final List<String> tokens = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  private AsyncStep<Order, String> book() {
    return Step.named("book", Order.class)
        .async(String.class, (order, call) -> tokens.add(call.completionToken()));
  }

  private SagaDefinition<Order, String> afterPivot(AsyncStep<Order, String> book) {
    return Saga.define("booking", Order.class)
        .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
        .step(book)
        .returning(String.class, (order, results) -> results.resultOf(book));
  }

  /** The token that the step gave away, as the so many-th one. */
  private String token(int number) {
    Awaitility.await().until(() -> tokens.size() >= number);
    return tokens.get(number - 1);
  }

  @Test
  void aStepThatFailedByTokenAndIsRetriedIsCompletedByTheTokenItGivesAwayThen() throws Exception {
    var book = book();
    var saga = afterPivot(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    assertThat(engine.fail(token(1), "fully booked")).isTrue();
    fixture.await(engine, handle.id(), SagaStatus.STUCK);

    engine.operator().retry(handle.id(), "ada", "seats are back");

    assertThat(engine.complete(book, token(2), "seat 7")).isTrue();
    assertThat(engine.complete(book, token(1), "seat 6")).isFalse();
    assertThat(engine.complete(book, token(2), "seat 8")).isFalse();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  @Test
  void whatIsSaidOfWorkBeforeItIsHandedOutOnceMoreIsNotHeard() throws Exception {
    var book = book().within(Duration.ofSeconds(2)).retry(Retry.never());
    var saga = afterPivot(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.STUCK);
    // as one that came when its time had just run out
    fixture.database.execute(
        "insert into %s.saga_signal (id, definition, business_key, name, error)"
            + " select gen_random_uuid(), definition, business_key, '@book#0', 'too late'"
            + " from %s.saga");

    engine.operator().retry(handle.id(), "ada", "once more");

    assertThat(engine.fail(token(1), "too late")).isFalse();
    assertThat(engine.complete(book, token(2), "seat 7")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }
}
