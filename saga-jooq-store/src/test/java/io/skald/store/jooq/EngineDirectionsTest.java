package io.skald.store.jooq;

import static io.skald.store.jooq.OrderSteps.QUICK;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.Direction;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The guard and the time limit of an attempt, in each direction, on real PostgreSQL. */
@Timeout(60)
class EngineDirectionsTest {
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final Duration LONG = Duration.ofHours(1);

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);

  /** The direction that has little time. */
  private volatile Direction quick = Direction.ACTION;

  @AfterEach
  void close() {
    fixture.close();
  }

  // ---- guards

  /** Rejects each attempt once, and then admits it. */
  private final class Reluctant implements AttemptGuard {
    private boolean hasRejected;

    @Override
    public <R> R run(String name, Callable<R> attempt) throws Exception {
      hasRejected = !hasRejected;
      if (hasRejected) {
        throw new GuardRejectedException(name + " is open", Duration.ofMillis(10));
      }
      said.add(name);
      return attempt.call();
    }

    @Override
    public boolean knows(String name) {
      return name.equals("wallet");
    }
  }

  private void runGuarded(SagaDefinition<Order, Done> saga) throws Exception {
    SagaEngine engine = fixture.open(builder -> builder.guard(new Reluctant()), saga);
    var unused = engine.start(saga, Order.of("o1")).await(EngineFixture.SOON);
  }

  private void say(String what, int attempt) {
    said.add(what + " " + attempt);
  }

  private SagaBody<Order> head(Compensatable<Order, ?> step) {
    return Saga.define("directions", Order.class).step(step);
  }

  private static CompensatableStep<Order, Done> refusing() {
    return Step.named("refusing", Order.class)
        .remote(
            (order, call) -> {
              throw new PermanentFailure("no");
            })
        .needsNoCompensation();
  }

  private CompensatableStep<Order, Done> guardedTcc() {
    return Step.named("hold", Order.class)
        .tryRemote(
            Done.class,
            (order, call) -> {
              say("try", call.attempt());
              return Done.DONE;
            })
        .guard("wallet")
        .confirm((order, done, call) -> say("confirm", call.attempt()))
        .cancel((order, done, call) -> say("cancel", call.attempt()));
  }

  @Test
  void guardsACompensationAsItsAction() throws Exception {
    RemoteStep<Order, Done> charge =
        Step.named("charge", Order.class).remote((order, call) -> say("charge", call.attempt()));
    var step =
        charge.guard("wallet").compensation((order, done, call) -> say("refund", call.attempt()));
    runGuarded(head(step).step(refusing()).build());

    assertThat(said).containsExactly("wallet", "charge 1", "wallet", "refund 1");
  }

  @Test
  void guardsTheCompensationOfWorkHandedOut() throws Exception {
    AsyncStep<Order, String> book =
        Step.named("book", Order.class)
            .async(String.class, (order, call) -> say("hand out", call.attempt()));
    var step =
        book.guard("wallet")
            .within(SHORT)
            .compensation((order, result, call) -> say("take back", call.attempt()));
    runGuarded(head(step).build());

    assertThat(said).containsExactly("wallet", "hand out 1", "wallet", "take back 1");
  }

  @Test
  void guardsAConfirmationAsItsTry() throws Exception {
    runGuarded(head(guardedTcc()).build());

    assertThat(said).containsExactly("wallet", "try 1", "wallet", "confirm 1");
  }

  @Test
  void guardsATccCancelAsItsTry() throws Exception {
    runGuarded(head(guardedTcc()).step(refusing()).build());

    assertThat(said).containsExactly("wallet", "try 1", "wallet", "cancel 1");
  }

  // ---- time limits

  private Duration limit(Direction direction) {
    return direction == quick ? SHORT : LONG;
  }

  /** The first attempt in the quick direction is not answered. */
  private void answer(Direction direction, int attempt, Duration left) throws InterruptedException {
    if (left.compareTo(SHORT) <= 0 != (direction == quick)) {
      say(direction + " has another one's time", attempt);
    }
    if (direction == quick) {
      say("attempt", attempt);
      if (attempt == 1) {
        boolean unused = never.await(1, TimeUnit.HOURS);
      }
    }
  }

  private Compensatable<Order, Done> remote() {
    return Step.named("step", Order.class)
        .remote((order, call) -> answer(Direction.ACTION, call.attempt(), call.timeLeft()))
        .timeout(limit(Direction.ACTION))
        .compensation(
            (order, done, call) -> answer(Direction.COMPENSATION, call.attempt(), call.timeLeft()))
        .compensationTimeout(limit(Direction.COMPENSATION))
        .compensationRetry(QUICK);
  }

  private Compensatable<Order, Done> tcc() {
    return Step.named("step", Order.class)
        .tryRemote(
            Done.class,
            (order, call) -> {
              answer(Direction.ACTION, call.attempt(), call.timeLeft());
              return Done.DONE;
            })
        .timeout(limit(Direction.ACTION))
        .retry(QUICK)
        .confirm((order, done, call) -> answer(Direction.CONFIRM, call.attempt(), call.timeLeft()))
        .confirmTimeout(limit(Direction.CONFIRM))
        .confirmRetry(QUICK)
        .cancel((order, done, call) -> answer(Direction.CANCEL, call.attempt(), call.timeLeft()))
        .compensationTimeout(limit(Direction.CANCEL))
        .compensationRetry(QUICK);
  }

  @ParameterizedTest
  @EnumSource
  void givesAnAttemptUpAtTheLimitOfItsOwnDirection(Direction direction) throws Exception {
    quick = direction;
    SagaBody<Order> head = head(direction == Direction.COMPENSATION ? remote() : tcc());
    SagaDefinition<Order, Done> saga =
        direction.isBackward() ? head.step(refusing()).build() : head.build();

    var unused = fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON);
    assertThat(said).containsExactly("attempt 1", "attempt 2");
  }
}
