package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A step of which several nodes together make so many attempts at a time, on real PostgreSQL. */
@Timeout(180)
class EngineFleetLimitsTest {
  private static final int AT_ONCE = 3;

  private final EngineFixture fixture = new EngineFixture();
  private final Limited limited = new Limited(fixture);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    fixture.close();
  }

  private SagaEngine open(int atOnce, SagaDefinition<?, ?>... sagas) {
    return fixture.open(limit(atOnce), sagas);
  }

  private static UnaryOperator<SagaEngine.Builder> limit(int atOnce) {
    return builder -> builder.limit(Limit.ofStep("charge").atOnce(atOnce).overFleet());
  }

  /** A store as a node reaches it until its death. */
  private SagaStore mortal(AtomicBoolean isDead) {
    SagaStore store = fixture.database.store();
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(),
            new Class<?>[] {SagaStore.class},
            (proxy, method, values) -> {
              if (isDead.get() && !method.getName().equals("release")) {
                throw new SagaStoreException("dead", SagaStoreException.Kind.TRANSIENT, null);
              }
              return Delegated.to(store, method, values);
            });
  }

  @Test
  void allNodesTogetherKeepToTheLimitAndNoneIsLeftOut() {
    var saga = limited.charging(Duration.ofMillis(20));
    SagaEngine one = open(AT_ONCE, saga);
    SagaEngine two = open(AT_ONCE, saga);
    Limited.started(one, saga, "one-", 100);
    Limited.started(two, saga, "two-", 100);

    limited.awaitAll(200, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValue(AT_ONCE);
    assertThat(limited.calls).hasValue(200);
    assertThat(limited.attempts()).isEqualTo("1");
    assertThat(limited.value("select count(distinct node) from %s.saga_log")).isEqualTo("2");
    limited.awaitNothingKept();
  }

  @Test
  void eachNodeHasALimitOfItsOwn() {
    var saga = limited.charging(Duration.ofMillis(20));
    var limit = Limit.ofStep("charge").atOnce(2);
    SagaEngine one = fixture.open(builder -> builder.limit(limit), saga);
    SagaEngine two = fixture.open(builder -> builder.limit(limit), saga);
    Limited.started(one, saga, "one-", 60);
    Limited.started(two, saga, "two-", 60);

    limited.awaitAll(120, SagaStatus.COMPLETED);

    assertThat(limited.most).hasValueBetween(2, 4);
    limited.awaitNothingKept();
  }

  @Test
  void whatADeadNodeHadUnderWayCountsUntilItIsTakenOver() throws Exception {
    var saga =
        Saga.define("order", String.class)
            .key(key -> key)
            .step(
                Step.named("charge", String.class)
                    .remote(
                        (key, call) -> {
                          limited.calls.incrementAndGet();
                          if (key.equals("lost") && call.attempt() == 1) {
                            release.await();
                          }
                        })
                    .timeout(Duration.ofMinutes(5))
                    .needsNoCompensation())
            .build();
    var isDead = new AtomicBoolean();
    SagaEngine dying = fixture.openOn(mortal(isDead), limit(1), saga);
    SagaId lost = dying.start(saga, "lost").id();
    TestDatabase.await(() -> limited.calls.get() == 1);
    isDead.set(true);
    SagaEngine other = open(1, saga);
    SagaId next = other.start(saga, "next").id();

    fixture.await(other, next, SagaStatus.COMPLETED);
    String takenOver =
        "select count(*) from %s.saga s join %s.saga_log l on l.saga_id = s.id"
            + " where s.business_key = 'lost' and s.crash_count > 0";
    assertThat(limited.value(takenOver)).isEqualTo("1");
    fixture.await(other, lost, SagaStatus.COMPLETED);
    assertThat(limited.attempts()).as("the lost one counts").isEqualTo("2");
    limited.awaitNothingKept();
  }

  @Test
  void aThousandSagasThatWaitForFourPlacesAllComeToTheirTurn() throws Exception {
    var saga = limited.charging(Duration.ofMillis(1));
    List<SagaEngine> engines = IntStream.range(0, 2).mapToObj(n -> open(4, saga)).toList();
    List<SagaHandle<Done>> handles = new ArrayList<>();
    for (int n = 0; n < 1_000; n++) {
      handles.add(engines.get(n % 2).start(saga, "o" + n));
    }

    for (SagaHandle<Done> handle : handles) {
      assertThat(handle.await(Duration.ofMinutes(2))).isInstanceOf(SagaEnd.Completed.class);
    }

    assertThat(limited.most).hasValueLessThanOrEqualTo(4);
    assertThat(limited.calls).hasValue(1_000);
    assertThat(limited.attempts()).isEqualTo("1");
    limited.awaitNothingKept();
  }
}
