package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may have been handed out, though no attempt to do so was answered. */
class EngineHandOutsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final CompletableFuture<String> token = new CompletableFuture<>();
  private final CountDownLatch said = new CountDownLatch(1);
  private final AtomicInteger attempts = new AtomicInteger();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static AsyncStep<Order, String> once(AsyncStep<Order, String> book) {
    return book.retry(Retry.never());
  }

  /** The carrier has the work, and the connection is lost before it says so. */
  private AsyncStep<Order, String> unanswered() {
    return Step.named("book", Order.class)
        .async(
            String.class,
            (order, call) -> {
              token.complete(call.completionToken());
              assertThat(said.await(10, TimeUnit.SECONDS)).isTrue();
              throw new IOException("reset");
            });
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
  void aCompletionThatCameBeforeTheLastHandOutEndedUnansweredCounts() throws Exception {
    var book = once(unanswered());
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);

    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    said.countDown();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(engine.view(handle.id()).orElseThrow().pendingSignals()).isEmpty();
    assertThat(steps.calls()).isEmpty();
  }

  @Test
  void aLastHandOutThatIsNotAnsweredIsWaitedFor() throws Exception {
    var saga = booking(once(unanswered()).within(Duration.ofMillis(300)));
    said.countDown();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "book", "not completed in time; an attempt to hand it out: IOException: reset"));
    assertThat(steps.calls()).containsExactly("booking compensated: unknown");
  }

  @Test
  void aCompletionCountsThoughTheHandOutAfterItIsRefused() throws Exception {
    var book =
        Step.named("book", Order.class)
            .async(
                String.class,
                (order, call) -> {
                  token.complete(call.completionToken());
                  if (attempts.incrementAndGet() == 1) {
                    throw new IOException("reset");
                  }
                  assertThat(said.await(10, TimeUnit.SECONDS)).isTrue();
                  throw new PermanentFailure("booked already");
                })
            .retry(OrderSteps.QUICK);
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = token.get(10, TimeUnit.SECONDS);

    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    said.countDown();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }
}
