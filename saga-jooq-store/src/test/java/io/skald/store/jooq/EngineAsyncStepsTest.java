package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps and waits that whoever has their token completes. */
class EngineAsyncStepsTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final CompletableFuture<String> token = new CompletableFuture<>();

  @AfterEach
  void close() {
    fixture.close();
  }

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
  void noSignOfLifeProlongsTheWaitPastItsEnd() throws Exception {
    Duration within = Duration.ofSeconds(1);
    var saga = booking(book().within(within).heartbeatWithin(within));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);
    Awaitility.await("the wait is over, though it is alive")
        .atMost(EngineFixture.SOON)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> !engine.heartbeat(secret));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
    assertThat(steps.calls()).containsExactly("booking compensated: unknown");
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
}
