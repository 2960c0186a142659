package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps and waits that whoever has their token completes. */
class EngineAsyncStepsTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final TokenSteps steps = new TokenSteps();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void anAsynchronousStepIsCompletedOnceByItsToken() throws Exception {
    var book = steps.book();
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);

    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(engine.complete(book, secret, "seat 8")).isFalse();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(engine.complete(book, secret, "seat 9")).isFalse();
    assertThat(engine.fail(secret, "no seat")).isFalse();
  }

  @Test
  void anAsynchronousStepThatFailsHasDoneNothing() throws Exception {
    var saga = steps.booking(steps.book());
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(engine.fail(steps.token(1), "fully booked")).isTrue();
    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "fully booked"));
    assertThat(steps.compensated()).isEmpty();
  }

  @Test
  void anAsynchronousStepThatIsNotCompletedInTimeMayHaveHappened() throws Exception {
    var saga = steps.booking(steps.book().within(Duration.ofMillis(300)));
    SagaEngine engine = fixture.open(saga);

    assertThat(engine.start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
    assertThat(steps.compensated()).containsExactly("unknown");
  }

  @Test
  void aSignOfLifeProlongsTheWait() throws Exception {
    var book = steps.book().heartbeatWithin(Duration.ofMillis(700));
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
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
    var saga = steps.booking(steps.book().within(within).heartbeatWithin(within));
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
    Awaitility.await("the wait is over, though it is alive")
        .atMost(EngineFixture.SOON)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> !engine.heartbeat(secret));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
    assertThat(steps.compensated()).containsExactly("unknown");
  }

  @Test
  void aTokenIsOfOneSagaAndOneStep() throws Exception {
    var book = steps.book();
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> unused = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
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
    var saga = steps.asking(approval);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

    assertThat(engine.complete(approval, steps.token(1), "ada")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }
}
