package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatablePart;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Local steps beside a wait, while signals come, on real PostgreSQL. */
@Timeout(60)
class EngineLocalStepsBesideWaitsTest {
  /** From then on no signal comes during the step, or a step made over and over would not end. */
  private static final int SIGNALLED_RUNS = 5;

  private static final Signal<String> APPROVED = Signal.named("approved", String.class);
  private static final Signal<String> OTHER = Signal.named("other", String.class);
  private static final Signal<String> BEGIN = Signal.named("begin", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final TokenSteps tokens = new TokenSteps();
  private final CompletableFuture<SagaEngine> opened = new CompletableFuture<>();
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void close() {
    fixture.close();
  }

  /**
   * A step that writes, and for which a signal comes while it does. It begins when its saga waits
   * beside it and has looked for signals, whatever the machine's speed: it is told to begin.
   */
  private CompensatablePart<Order, Done> writing(Consumer<SagaEngine> signalling) {
    var write =
        Step.named("write", Order.class)
            .local(
                (order, tx) -> {
                  steps.insert(tx, order.id());
                  if (runs.incrementAndGet() <= SIGNALLED_RUNS) {
                    signalling.accept(opened.get(10, TimeUnit.SECONDS));
                  }
                })
            .needsNoCompensation();
    return Step.sequence("branch", Order.class)
        .step(Step.await("begin", BEGIN).within(Duration.ofHours(1)).orCompensate())
        .step(write)
        .end();
  }

  private SagaEngine open(SagaDefinition<Order, ?> saga) {
    SagaEngine engine = fixture.open(saga);
    opened.complete(engine);
    return engine;
  }

  /** Starts a saga, has its step begin once it waits beside it, and awaits what that writes. */
  private SagaHandle<Done> writtenBy(SagaEngine engine, SagaDefinition<Order, Done> saga) {
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    TestDatabase.await(() -> fixture.database.count("saga_log where status = 'WAITING'") == 2);
    engine.signal(saga, "o1", BEGIN, "go");
    TestDatabase.await(() -> fixture.database.count("business") == 1);
    return handle;
  }

  private void assertMadeOnce(SagaHandle<Done> handle) throws Exception {
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>(Done.DONE));
    assertThat(runs).hasValue(1);
  }

  @Test
  void aSignOfLifeDuringTheStepDoesNotRollItBack() throws Exception {
    var book = tokens.book().heartbeatWithin(Duration.ofMinutes(1));
    var branch = writing(engine -> assertThat(engine.heartbeat(tokens.token(1))).isTrue());
    SagaDefinition<Order, Done> saga =
        Saga.define("both", Order.class)
            .key(Order::id)
            .step(Step.parallel("both", book.needsNoCompensation(), branch))
            .build();
    SagaEngine engine = open(saga);
    SagaHandle<Done> handle = writtenBy(engine, saga);

    assertThat(runs).hasValue(1);
    assertThat(engine.complete(book, tokens.token(1), "seat 7")).isTrue();
    assertMadeOnce(handle);
  }

  /** A saga that waits for approval beside a step during which that signal comes. */
  private SagaDefinition<Order, Done> approved(Signal<String> signal) {
    var approval = Step.await("approval", APPROVED).within(Duration.ofHours(1)).orCompensate();
    var saga = new AtomicReference<SagaDefinition<Order, Done>>();
    var branch = writing(engine -> engine.signal(saga.get(), "o1", signal, "ada"));
    saga.set(
        Saga.define("approved", Order.class)
            .key(Order::id)
            .step(Step.parallel("both", approval, branch))
            .build());
    return saga.get();
  }

  @Test
  void aSignalForAnotherWaitDuringTheStepDoesNotRollItBack() throws Exception {
    SagaDefinition<Order, Done> saga = approved(OTHER);
    SagaEngine engine = open(saga);
    SagaHandle<Done> handle = writtenBy(engine, saga);

    assertThat(runs).hasValue(1);
    engine.signal(saga, "o1", APPROVED, "ada");
    assertMadeOnce(handle);
  }

  @Test
  void theSignalThatIsWaitedForIsTakenThoughItComesDuringTheStep() throws Exception {
    SagaDefinition<Order, Done> saga = approved(APPROVED);
    SagaEngine engine = open(saga);

    assertMadeOnce(writtenBy(engine, saga));
  }
}
