package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SignalPosition;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node sends whose sagas all wait: counted, not timed. */
@Timeout(60)
class IdleNodeTest {
  private static final int SAGAS = 20;

  /** The pool's own check of a connection it has not lent for a while. */
  private static final int CHECK = 1;

  private static final SagaDefinition<Integer, Done> WAITING =
      Saga.define("waiting", Integer.class)
          .key(number -> "k" + number)
          .step(Step.delay("some-weeks", Duration.ofDays(60)))
          .build();

  private final TestDatabase database = TestDatabase.migrated();
  private final HikariDataSource pool =
      TestDatabase.pool(
          config -> {
            config.setMaximumPoolSize(4);
            config.addDataSourceProperty("socketFactory", RoundTrips.class.getName());
          });
  private final JooqSagaStore store = database.store(pool);

  @AfterEach
  void close() {
    pool.close();
    database.close();
  }

  @Test
  void pollsAndNothingElseOneRoundTripEach() {
    var watched = new WatchedStore(store);
    // so that no heartbeat and no self-check is among what is counted
    EngineOptions options =
        EngineOptions.defaults()
            .withPollInterval(Duration.ofMillis(20))
            .withLease(Duration.ofHours(1), Duration.ofMinutes(20));
    try (SagaEngine engine =
        SagaEngine.builder(watched.asStore()).options(options).define(WAITING).build()) {
      engine.open();
      IntStream.range(0, SAGAS).forEach(number -> start(engine, number));
      TestDatabase.await(() -> waiting() == SAGAS);
      awaitPolls(watched, 3);

      int answered = watched.answeredPolls();
      Map<String, Integer> before = watched.calls();
      long sent = RoundTrips.sent();
      awaitPolls(watched, 10);
      long trips = RoundTrips.sent() - sent;
      Map<String, Integer> calls = new TreeMap<>(watched.calls());
      int polls = watched.polls() - answered;
      calls.keySet().removeIf(name -> calls.get(name).equals(before.get(name)));

      assertThat(calls).containsOnlyKeys("poll");
      assertThat(trips).isBetween(10L, (long) polls * (1 + CHECK));
    }
  }

  private static void start(SagaEngine engine, int number) {
    var unused = engine.start(WAITING, number);
  }

  private int waiting() {
    return Integer.parseInt(
        database.value("select count(*) from %s.saga where owner is null and wake_at is not null"));
  }

  private static void awaitPolls(WatchedStore watched, int more) {
    int now = watched.answeredPolls();
    TestDatabase.await(() -> watched.answeredPolls() >= now + more);
  }

  @Test
  void sendsThreeTimesASecondAtMostByDefault() {
    NodeId node = joined(store);
    var options = EngineOptions.defaults();
    double perSecond =
        (CHECK + trips(() -> store.poll(List.of(ORDERS), 10))) / seconds(options.pollInterval())
            // its connection is kept, and checked by the store
            + trips(() -> store.heartbeat(node)) / seconds(options.heartbeat())
            + (CHECK + trips(() -> store.owned(node))) / seconds(options.heartbeat())
            + (CHECK + trips(this::chores)) / 60.0;

    assertThat(perSecond).isBetween(1.0, 3.0);
  }

  /** What is done once a minute. */
  private void chores() {
    var orphans = store.orphanedDefinitions();
    var unknown = store.unknownStatuses();
    var unclaimed = store.unclaimed(Duration.ofDays(1), SignalPosition.START, 10).unclaimed();
    int purged = Fixtures.purged(store, Duration.ofDays(1), 10);
    int signals = store.purgeSignals(Duration.ofDays(1), SignalPosition.START, 10).deleted();
    assertThat(orphans.size() + unknown.size() + unclaimed.size() + purged + signals).isZero();
  }

  private static double seconds(Duration interval) {
    return interval.toMillis() / 1000.0;
  }

  /** The least of three, so that what a new connection is asked is not in it, nor a check. */
  private static long trips(Runnable call) {
    return IntStream.range(0, 3).mapToLong(time -> tripsOnce(call)).min().orElseThrow();
  }

  private static long tripsOnce(Runnable call) {
    long before = RoundTrips.sent();
    call.run();
    return RoundTrips.sent() - before;
  }
}
