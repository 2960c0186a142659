package io.skald.chaos;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * The fault: a dependency is down while a great many sagas want it, and comes back up.
 *
 * <p>{@code -Dskald.storm=full} takes 5,000 sagas; a build takes fewer.
 */
class DependencyOutageTest {
  private static final boolean FULL = "full".equals(System.getProperty("skald.storm"));
  private static final int SAGAS = FULL ? 5_000 : 1_000;
  private static final Duration DELAY_MAX = Duration.ofSeconds(FULL ? 16 : 4);
  private static final int CONCURRENCY = 16;

  private final Bench bench = Bench.open();
  private final AtomicInteger calling = new AtomicInteger();
  private final AtomicInteger callingMax = new AtomicInteger();
  private final Set<String> attempts = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> repeated = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> tenthsOfSeconds = new ConcurrentLinkedQueue<>();
  private volatile boolean down = true;

  private final SagaDefinition<Integer, Done> saga =
      Saga.define("dependent", Integer.class)
          .key(number -> "dependent-" + number)
          .step(
              Step.named("call", Integer.class)
                  .remote((number, call) -> arrive(call))
                  .retry(
                      Retry.exponential(Duration.ofSeconds(1))
                          .delayMax(DELAY_MAX)
                          .attemptsUnlimited())
                  .needsNoCompensation())
          .build();

  @AfterEach
  void close() {
    bench.close();
  }

  private void arrive(Call call) throws IOException {
    callingMax.accumulateAndGet(calling.incrementAndGet(), Math::max);
    try {
      tenthsOfSeconds.add(System.nanoTime() / 100_000_000);
      String attempt = call.idempotencyKey() + " " + call.attempt();
      if (!attempts.add(attempt)) {
        repeated.add(attempt);
      }
      if (down) {
        throw new IOException("down");
      }
    } finally {
      calling.decrementAndGet();
    }
  }

  @Test
  void attemptsAreSpreadAndCappedWhileADependencyIsDownAndWhenItIsBack(TestReporter report) {
    SagaEngine engine =
        bench.built(
            builder -> builder.options(Bench.impatient().withConcurrency(CONCURRENCY)), saga);
    engine.open();
    IntStream.range(0, SAGAS)
        .forEach(
            number -> {
              var unused = engine.start(saga, number);
            });
    Bench.await("the delays have grown to the longest")
        .until(() -> bench.count("select min(attempt) from %s.saga_log") >= 4);

    // by the time they are to be made at, so that a machine that stalls does not tell
    assertThat(busiestTenthOfASecondToCome())
        .as("attempts in a tenth of a second; spread evenly they were %d", evenly())
        .isLessThan(3 * evenly());
    long duringOutage = busiest();
    tenthsOfSeconds.clear();

    down = false;
    bench.awaitRest();

    report.publishEntry(
        "calls in the busiest tenth of a second",
        "%d during the outage, %d after it".formatted(duringOutage, busiest()));
    assertThat(bench.completed()).isEqualTo(SAGAS);
    assertThat(callingMax).hasValueLessThanOrEqualTo(CONCURRENCY);
    assertThat(repeated).isEmpty();
  }

  /** Jitter takes up to half of a delay, so that is what the attempts are spread over. */
  private static long evenly() {
    return SAGAS / (DELAY_MAX.toMillis() / 2 / 100);
  }

  private long busiestTenthOfASecondToCome() {
    return bench.count(
        """
        select max(n)
        from (
          select count(*) as n
          from %s.saga
          where wake_at is not null
          group by floor(extract(epoch from wake_at) * 10)
        ) as tenths
        """);
  }

  private long busiest() {
    Collection<Long> counts =
        tenthsOfSeconds.stream().collect(groupingBy(tenth -> tenth, counting())).values();
    return counts.stream().mapToLong(Long::longValue).max().orElseThrow();
  }
}
