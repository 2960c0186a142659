package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node whose room is full of new sagas, and what still runs there, on real PostgreSQL. */
class EngineLanesTest {
  private static final int ROOM = 4;
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final Retry SOON =
      Retry.exponential(Duration.ofMillis(100))
          .delayMax(Duration.ofMillis(100))
          .attemptsUnlimited();

  private final EngineFixture fixture = new EngineFixture();
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger crowding = new AtomicInteger();
  private final AtomicInteger beside = new AtomicInteger(-1);
  private final AtomicBoolean down = new AtomicBoolean(true);

  /** Each is in its step until it is released. */
  private final SagaDefinition<String, Done> crowd =
      Saga.define("crowd", String.class)
          .key(key -> key)
          .step(
              Step.named("crowd", String.class)
                  .remote(
                      (key, call) -> {
                        crowding.incrementAndGet();
                        release.await();
                        crowding.decrementAndGet();
                      })
                  .timeout(Duration.ofMinutes(5))
                  .needsNoCompensation())
          .build();

  /** Waits, and then tries to go back until its participant is there again. */
  private final SagaDefinition<String, Done> failing =
      Saga.define("failing", String.class)
          .key(key -> key)
          .step(
              Step.named("book", String.class)
                  .remote((key, call) -> {})
                  .compensation((key, done, call) -> unlessDown())
                  .compensationRetry(SOON))
          .step(Step.await("wait", GO).within(Duration.ofMillis(1)).orCompensate())
          .build();

  /** Tries to go on behind its pivot until its participant is there again. */
  private final SagaDefinition<String, Done> beyond =
      Saga.define("beyond", String.class)
          .key(key -> key)
          .pivot(Step.named("pay", String.class).local((key, tx) -> {}))
          .step(Step.named("ship", String.class).remote((key, call) -> unlessDown()).retry(SOON))
          .build();

  /** Starts another saga behind its pivot, which starts another one. */
  private final SagaDefinition<String, Done> family =
      Saga.define("family", String.class)
          .key(key -> key)
          .pivot(Step.named("pay", String.class).local((key, tx) -> {}))
          .step(Step.named("ship", String.class).remote((key, call) -> unlessDown()).retry(SOON))
          .step(
              Step.saga("deliver", String.class, parentOf("child"), (key, results) -> key)
                  .afterPivot())
          .build();

  /** Tries to go on before its pivot until its participant is there again. */
  private final SagaDefinition<String, Done> before =
      Saga.define("before", String.class)
          .key(key -> key)
          .step(
              Step.named("reserve", String.class)
                  .local((key, tx) -> unlessDown())
                  .retry(SOON)
                  .needsNoCompensation())
          .build();

  /** Looks at how many of the crowd are beside it. */
  private final SagaDefinition<String, Done> suspect =
      Saga.define("suspect", String.class)
          .key(key -> key)
          .step(
              Step.named("look", String.class)
                  .remote((key, call) -> beside.set(crowding.get()))
                  .needsNoCompensation())
          .build();

  @AfterEach
  void close() {
    release.countDown();
    fixture.close();
  }

  private static SagaDefinition<String, Done> parentOf(String name) {
    var grandchild =
        Saga.define("grand" + name, String.class)
            .key(key -> key)
            .step(Step.named("note", String.class).local((key, tx) -> {}).needsNoCompensation())
            .build();
    return Saga.define(name, String.class)
        .key(key -> key)
        .step(Step.saga("label", String.class, grandchild, (key, results) -> key))
        .build();
  }

  private void unlessDown() throws IOException {
    if (down.get()) {
      throw new IOException("down");
    }
  }

  private SagaEngine open(double urgentShare) {
    EngineOptions options =
        EngineFixture.impatient().withConcurrency(ROOM).withUrgentShare(urgentShare);
    return fixture.open(
        builder -> builder.options(options), crowd, failing, beyond, family, before, suspect);
  }

  /** Fills all the room that new sagas may have, with as many more waiting for it. */
  private void crowd(SagaEngine engine, int room) {
    for (int i = 0; i < 3 * ROOM; i++) {
      var unused = engine.start(crowd, "crowd-" + i);
    }
    TestDatabase.await(() -> crowding.get() == room);
  }

  private SagaId parked(SagaEngine engine, SagaDefinition<String, Done> saga, String key) {
    SagaId id = engine.start(saga, key).id();
    TestDatabase.await(
        () ->
            "1"
                .equals(
                    fixture.database.value(
                        "select count(*) from %s.saga_log where status = 'RETRYING' and saga_id = '"
                            + id
                            + "'")));
    return id;
  }

  @Test
  void compensationsAndWhatIsPastItsPivotGoOnThoughNewSagasFillTheRoom() {
    SagaEngine engine = open(0.25);
    List<SagaId> back = new ArrayList<>();
    List<SagaId> on = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      back.add(parked(engine, failing, "back-" + i));
      on.add(parked(engine, beyond, "on-" + i));
    }
    SagaId ordinary = parked(engine, before, "before");
    crowd(engine, ROOM - 1);
    down.set(false);

    back.forEach(id -> fixture.await(engine, id, SagaStatus.COMPENSATED));
    on.forEach(id -> fixture.await(engine, id, SagaStatus.COMPLETED));
    assertThat(crowding).as("new sagas beside them").hasValue(ROOM - 1);
    assertThat(engine.view(ordinary).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING);
    release.countDown();
    fixture.await(engine, ordinary, SagaStatus.COMPLETED);
  }

  @Test
  void whatIsStartedPastAPivotGoesOnThoughNewSagasFillTheRoom() {
    SagaEngine engine = open(0.25);
    SagaId id = parked(engine, family, "order");
    crowd(engine, ROOM - 1);
    down.set(false);

    fixture.await(engine, id, SagaStatus.COMPLETED);
    assertThat(crowding).hasValue(ROOM - 1);
    assertThat(fixture.database.value("select count(*) from %s.saga where parent_id is not null"))
        .isEqualTo("2");
  }

  @Test
  void withoutAnyRoomKeptForThemTheyWaitForThatOfNewSagas() throws Exception {
    SagaEngine engine = open(0);
    SagaId id = parked(engine, failing, "back");
    crowd(engine, ROOM);
    down.set(false);

    assertThat(release.await(2, TimeUnit.SECONDS)).isFalse();
    assertThat(engine.view(id).orElseThrow().status()).isEqualTo(SagaStatus.COMPENSATING);
    release.countDown();
    fixture.await(engine, id, SagaStatus.COMPENSATED);
  }

  @Test
  void whatADeadNodeRanIsTakenOverThoughNewSagasFillTheRoom() {
    SagaEngine engine = open(0.25);
    SagaId orphan = parked(engine, before, "orphan");
    crowd(engine, ROOM - 1);
    String due = "select count(*) from %s.saga where wake_at <= now() and id = '" + orphan + "'";
    TestDatabase.await(() -> "1".equals(fixture.database.value(due)));
    down.set(false);
    orphan(orphan, 0);

    fixture.await(engine, orphan, SagaStatus.COMPLETED);
    assertThat(crowding).hasValue(ROOM - 1);
  }

  /** It may have been any number: one node would have them all, and its death count for each. */
  @Test
  void whatADeadNodeHadNotBegunIsTakenOnceThereIsRoomAmongTheNewOnes() {
    SagaEngine engine = open(0.25);
    SagaId back = parked(engine, failing, "back");
    crowd(engine, ROOM - 1);
    fixture.database.execute(
        """
        update %s.saga
        set owner = gen_random_uuid(), wake_at = null
        where definition = 'crowd' and owner is null
        """);
    down.set(false);

    fixture.await(engine, back, SagaStatus.COMPENSATED);
    assertThat(fixture.database.value("select sum(crash_count) from %s.saga"))
        .as("taken, though there is no room for them")
        .isEqualTo("0");
    assertThat(crowding).hasValue(ROOM - 1);
    release.countDown();
    TestDatabase.await(
        () -> "0".equals(fixture.database.value("select count(owner) from %s.saga")));
  }

  @Test
  void whatTwoOwnersDiedWithIsTakenOverThoughNewSagasFillTheRoomAndRunsAlone() {
    SagaEngine engine = open(0.25);
    crowd(engine, ROOM - 1);
    SagaId orphan = engine.start(suspect, "orphan").id();
    orphan(orphan, 1);

    String crashes = "select crash_count from %s.saga where id = '" + orphan + "'";
    TestDatabase.await(() -> "2".equals(fixture.database.value(crashes)));
    assertThat(crowding).hasValue(ROOM - 1);
    assertThat(beside).as("it waits to be alone").hasValue(-1);
    release.countDown();
    fixture.await(engine, orphan, SagaStatus.COMPLETED);
    assertThat(beside).hasValue(0);
  }

  /** Has the saga be one of an owner that died, as so many did before. */
  private void orphan(SagaId saga, int crashes) {
    fixture.database.execute(
        """
        update %%s.saga
        set owner = gen_random_uuid(), wake_at = null, crash_count = %d
        where id = '%s'
        """
            .formatted(crashes, saga));
  }
}
