package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.Rate;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A step of which several nodes together begin so many attempts in a while, on real PostgreSQL. */
class EngineRatesTest {
  private final EngineFixture fixture = new EngineFixture();
  private final Limited limited = new Limited(fixture);

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaEngine open(Rate rate, SagaDefinition<?, ?>... sagas) {
    return fixture.open(builder -> builder.rate(rate), sagas);
  }

  @Test
  void allNodesTogetherKeepToARateAndNoAttemptIsBurned() {
    var saga = limited.charging(Duration.ZERO);
    Rate rate = Rate.ofStep("charge").attempts(50).per(Duration.ofSeconds(1));
    SagaEngine one = open(rate, saga);
    SagaEngine two = open(rate, saga);
    long began = System.nanoTime();
    Limited.started(one, saga, "one-", 100);
    Limited.started(two, saga, "two-", 100);

    limited.awaitAll(200, SagaStatus.COMPLETED);

    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertThat(limited.calls).hasValue(200);
    // fifty at once, and then fifty a second
    assertThat(took).isGreaterThanOrEqualTo(Duration.ofMillis((200 - 50) * 20L));
    assertThat(limited.attempts()).isEqualTo("1");
    limited.awaitNothingKept();
  }

  @Test
  void aRateAndALimitAreKeptToTogether() {
    var saga = limited.charging(Duration.ofMillis(10));
    SagaEngine engine =
        fixture.open(
            builder ->
                builder
                    .rate(Rate.ofSaga("order").attempts(20).per(Duration.ofSeconds(1)))
                    .limit(Limit.ofStep("charge").atOnce(2).overFleet()),
            saga);
    long began = System.nanoTime();
    Limited.started(engine, saga, 30);

    limited.awaitAll(30, SagaStatus.COMPLETED);

    // each makes two attempts
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isGreaterThanOrEqualTo(Duration.ofMillis((60 - 20) * 50L));
    assertThat(limited.most).hasValueLessThanOrEqualTo(2);
    limited.awaitNothingKept();
  }

  @Test
  void whoWaitsForItsTurnIsParkedUntilThen() {
    var saga = limited.charging(Duration.ZERO);
    SagaEngine engine = open(Rate.ofStep("charge").attempts(1).per(Duration.ofHours(1)), saga);
    fixture.await(engine, engine.start(saga, "first").id(), SagaStatus.COMPLETED);
    engine.start(saga, "second");

    TestDatabase.await(
        () ->
            limited
                .value(
                    "select count(*) from %s.saga where owner is null and status = 'RUNNING'"
                        + " and wake_at between now() + interval '50 minutes'"
                        + " and now() + interval '1 hour'")
                .equals("1"));
    assertThat(limited.calls).hasValue(1);
  }

  @Test
  void aClockThatWasSetBackDoesNotStopARate() throws Exception {
    var saga = limited.charging(Duration.ZERO);
    SagaEngine engine = open(Rate.ofStep("charge").attempts(2).per(Duration.ofSeconds(1)), saga);
    fixture.await(engine, engine.start(saga, "first").id(), SagaStatus.COMPLETED);
    // as if the clock had gone an hour further then
    fixture.database.execute(
        """
        update %s.saga_rate
        set next_at = next_at + interval '1 hour', reserved_at = reserved_at + interval '1 hour'
        """);

    for (int n = 0; n < 4; n++) {
      assertThat(engine.start(saga, "o" + n).await(EngineFixture.SOON))
          .isInstanceOf(SagaEnd.Completed.class);
    }
  }

  @Test
  void aRateOfWhatIsNotThereIsRefused() {
    var saga = limited.charging(Duration.ZERO);
    assertThatThrownBy(() -> open(Rate.ofStep("mail").attempts(1).per(Duration.ofSeconds(1)), saga))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("rate of step mail");
    assertThatThrownBy(() -> Rate.ofStep("mail").attempts(1_001).per(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("per: PT1S (expected: PT1.001S to PT24H)");
  }
}
