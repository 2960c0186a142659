package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.Rate;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A step of which several nodes together make so many attempts at a time, on real PostgreSQL. */
class EngineFleetLimitsTest {
  private static final int AT_ONCE = 3;
  private static final int SAGAS = 100;

  private final EngineFixture fixture = new EngineFixture();
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();
  private final SagaDefinition<String, Done> saga =
      Saga.define("order", String.class)
          .key(key -> key)
          .step(
              Step.named("charge", String.class)
                  .remote((key, call) -> call())
                  .needsNoCompensation())
          .build();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void call() {
    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
    calls.incrementAndGet();
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    inside.decrementAndGet();
  }

  private SagaEngine open() {
    return fixture.open(
        builder -> builder.limit(Limit.ofStep("charge").atOnce(AT_ONCE).overFleet()), saga);
  }

  private void start(SagaEngine engine, String node) {
    IntStream.range(0, SAGAS)
        .forEach(
            n -> {
              var unused = engine.start(saga, node + n);
            });
  }

  private String value(String sql) {
    return fixture.database.value(sql);
  }

  @Test
  void allNodesTogetherKeepToTheLimitAndNoneIsLeftOut() {
    SagaEngine one = open();
    SagaEngine two = open();
    start(one, "one-");
    start(two, "two-");

    TestDatabase.await(
        () ->
            value("select count(*) from %s.saga where status = 'COMPLETED'")
                .equals(Integer.toString(2 * SAGAS)));

    assertThat(most).hasValue(AT_ONCE);
    assertThat(calls).hasValue(2 * SAGAS);
    assertThat(value("select max(attempt) from %s.saga_log")).isEqualTo("1");
    assertThat(value("select count(distinct node) from %s.saga_log")).isEqualTo("2");
    TestDatabase.await(
        () -> value("select count(*) from %s.saga_slot where node is not null").equals("0"));
  }

  @Test
  void theSlotsOfANodeThatDiedAreTakenOver() throws Exception {
    SagaEngine engine = open();
    assertThat(engine.start(saga, "first").await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    fixture.database.execute("update %s.saga_slot set node = gen_random_uuid()");

    assertThat(engine.start(saga, "second").await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void aSlotThatTheNodeHoldsWithoutItsKnowingIsGivenBack() {
    SagaEngine engine = open();
    fixture.database.execute(
        """
        insert into %s.saga_slot (limit_name, number, node)
        select 'step charge', n, (select id from %s.saga_node)
        from generate_series(1, 3) n
        """);
    var unused = engine.start(saga, "late").id();

    TestDatabase.await(() -> calls.get() == 1);
    TestDatabase.await(
        () -> value("select count(*) from %s.saga_slot where node is not null").equals("0"));
  }

  @Test
  void allNodesTogetherKeepToARateAndNoAttemptIsBurned() {
    Rate rate = Rate.ofStep("charge").attempts(50).per(Duration.ofSeconds(1));
    SagaEngine one = fixture.open(builder -> builder.rate(rate), saga);
    SagaEngine two = fixture.open(builder -> builder.rate(rate), saga);
    long began = System.nanoTime();
    start(one, "one-");
    start(two, "two-");

    TestDatabase.await(
        () ->
            value("select count(*) from %s.saga where status = 'COMPLETED'")
                .equals(Integer.toString(2 * SAGAS)));

    long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    assertThat(calls).hasValue(2 * SAGAS);
    // fifty at once, and then fifty a second
    assertThat(millis).isGreaterThanOrEqualTo((2L * SAGAS - 50) * 1_000 / 50);
    assertThat(value("select max(attempt) from %s.saga_log")).isEqualTo("1");
  }
}
