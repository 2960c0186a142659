package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.jdbc.PgConnection;

/** What happens in one branch while a call is under way in another, on real PostgreSQL. */
@Timeout(60)
class EngineBesideCallsTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger underWayMost = new AtomicInteger();
  private final CountDownLatch called = new CountDownLatch(1);

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A call that is answered once {@code until} is open, and says whether it came to that. */
  private CompensatableStep<Order, Boolean> call(CountDownLatch until) {
    return Step.named("call", Order.class)
        .remote(
            Boolean.class,
            (order, call) -> {
              calls.incrementAndGet();
              underWayMost.accumulateAndGet(underWay.incrementAndGet(), Math::max);
              called.countDown();
              try {
                return until.await(10, TimeUnit.SECONDS);
              } finally {
                underWay.decrementAndGet();
              }
            })
        .timeout(Duration.ofMinutes(1))
        .needsNoCompensation();
  }

  private static SagaDefinition<Order, Boolean> beside(
      CompensatableStep<Order, Boolean> call, CompensatablePart<Order, Done> branch) {
    return Saga.define("beside", Order.class)
        .step(Step.parallel("both", call, branch))
        .returning(Boolean.class, (order, results) -> results.resultOf(call));
  }

  private static CompensatableStep<Order, Done> opening(CountDownLatch latch) {
    return Step.named("opening", Order.class)
        .remote((order, call) -> latch.countDown())
        .needsNoCompensation();
  }

  @Test
  void aDelayEndsWhenItIsDue() throws Exception {
    var over = new CountDownLatch(1);
    var branch =
        Step.sequence("branch", Order.class)
            .step(Step.delay("breath", SHORT))
            .step(opening(over))
            .end();
    var saga = beside(call(over), branch);

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(true));
  }

  @Test
  void aWaitThatNoSignalEndsIsOverInTime() throws Exception {
    var over = new CountDownLatch(1);
    var branch =
        Step.sequence("branch", Order.class)
            .step(Step.await("approval", APPROVED).within(SHORT).orElse("nobody"))
            .step(opening(over))
            .end();
    var saga = beside(call(over), branch);

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(true));
  }

  // ---- what is under way when the run cannot go on

  private LogStatus statusOf(SagaEngine engine, SagaId id, String path) {
    return engine.view(id).orElseThrow().steps().stream()
        .filter(step -> step.path().equals(path))
        .findFirst()
        .orElseThrow()
        .status();
  }

  @Test
  void aCallIsRecordedBeforeTheSagaIsStuckAtAStepThatEscaped() throws Exception {
    var escaped = new CountDownLatch(1);
    LocalStep<Order, Done> escapes =
        Step.named("escapes", Order.class)
            .local(
                (order, tx) -> {
                  assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
                  steps.insert(tx, order.id());
                  tx.connection().unwrap(PgConnection.class).commit();
                  escaped.countDown();
                });
    var step = escapes.needsNoCompensation();
    var call = call(escaped);
    SagaDefinition<Order, Done> saga =
        Saga.define("escaping", Order.class).step(Step.parallel("both", call, step)).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
    assertThat(statusOf(engine, handle.id(), "call")).isEqualTo(LogStatus.SUCCEEDED);
    engine.operator().skip(handle.id(), step, Done.DONE, "ada", "it is all there");
    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(calls).hasValue(1);
  }

  /** Takes the saga away from its owner, as another node does that holds it for lost. */
  private void takeAway() {
    fixture.database.execute(
        """
        with other as (
          insert into %s.saga_node (id, name, definitions, lease, expires_at)
          values (gen_random_uuid(), 'other', '{}', '1 hour', now() + interval '1 hour')
          returning id)
        update %s.saga set epoch = epoch + 1, owner = (select id from other)
        """);
  }

  private void giveBack() {
    fixture.database.execute("update %s.saga set owner = null, wake_at = clock_timestamp()");
  }

  @Test
  void aSagaThatIsTakenAwayAndComesBackWaitsForTheCallThatIsStillUnderWay() throws Exception {
    var released = new CountDownLatch(1);
    var runs = new AtomicInteger();
    var local =
        Step.named("local", Order.class)
            .local(
                (order, tx) -> {
                  assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
                  if (runs.incrementAndGet() == 1) {
                    takeAway();
                  }
                });
    SagaDefinition<Order, Done> saga =
        Saga.define("taken", Order.class)
            .step(Step.parallel("both", call(released), local.needsNoCompensation()))
            .build();
    var watched = new WatchedStore(fixture.database.store());
    try (SagaEngine engine =
        SagaEngine.builder(watched.asStore())
            .options(EngineFixture.impatient())
            .define(saga)
            .build()) {
      engine.open();
      SagaId id = engine.start(saga, Order.of("o1")).id();
      TestDatabase.await(() -> watched.answered("settle") > 0);
      giveBack();
      TestDatabase.await(() -> watched.claimed(id) != null);
      int polls = watched.answeredPolls();
      TestDatabase.await(() -> watched.answeredPolls() > polls + 5);
      released.countDown();

      fixture.await(engine, id, SagaStatus.COMPLETED);
      assertThat(calls).hasValue(2);
      assertThat(underWayMost).hasValue(1);
    }
  }
}
