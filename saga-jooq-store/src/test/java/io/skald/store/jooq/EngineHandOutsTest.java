package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Retry;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may have been handed out, though no attempt to do so was answered. */
class EngineHandOutsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final TokenSteps steps = new TokenSteps();
  private final CountDownLatch said = new CountDownLatch(1);

  @AfterEach
  void close() {
    fixture.close();
  }

  /** The carrier has the work, and the connection is lost before it says so. */
  private AsyncStep<Order, String> unanswered() {
    return steps
        .book(
            attempt -> {
              awaitSaid();
              throw new IOException("reset");
            })
        .retry(Retry.never());
  }

  private void awaitSaid() throws InterruptedException {
    assertThat(said.await(10, TimeUnit.SECONDS)).isTrue();
  }

  /** What is said before the last hand-out has ended, however it ends. */
  private void assertThatACompletionCounts(AsyncStep<Order, String> book) throws Exception {
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(engine.complete(book, steps.token(1), "seat 7")).isTrue();
    said.countDown();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(engine.view(handle.id()).orElseThrow().pendingSignals()).isEmpty();
    assertThat(steps.compensated()).isEmpty();
  }

  @Test
  void aCompletionThatCameBeforeTheLastHandOutEndedUnansweredCounts() throws Exception {
    assertThatACompletionCounts(unanswered());
  }

  @Test
  void aLastHandOutThatIsNotAnsweredIsWaitedFor() throws Exception {
    var saga = steps.booking(unanswered().within(Duration.ofMillis(300)));
    said.countDown();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "book", "not completed in time; an attempt to hand it out: IOException: reset"));
    assertThat(steps.compensated()).containsExactly("unknown");
  }

  @Test
  void aCompletionCountsThoughTheHandOutAfterItIsRefused() throws Exception {
    assertThatACompletionCounts(
        steps
            .book(
                attempt -> {
                  if (attempt == 1) {
                    throw new IOException("reset");
                  }
                  awaitSaid();
                  throw new PermanentFailure("booked already");
                })
            .retry(OrderSteps.QUICK));
  }
}
