package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * When a node notices a signal that was sent through another one. It polls as often as a node may;
 * the other one does not poll as long as the test takes, and could not run the saga.
 */
@Timeout(120)
class SignalsAmongNodesTest {
  private static final int SIGNALS = 21;
  private static final Duration POLL = Duration.ofMillis(10);

  /** Of a busy machine's; what comes a few tenths of a second late by design is later. */
  private static final Duration MEDIAN_MAX = POLL.multipliedBy(25);

  private static final Signal<Integer> PAID = Signal.named("paid", Integer.class);
  private static final SagaDefinition<Integer, Done> WAITING =
      Saga.define("waiting", Integer.class)
          .key(SignalsAmongNodesTest::key)
          .step(Step.await("paid", PAID).within(Duration.ofDays(60)).orElse(0))
          .build();

  private final TestDatabase database = TestDatabase.migrated();
  private final WatchedStore watched = new WatchedStore(database.store());
  private final SagaEngine runner =
      SagaEngine.builder(watched.asStore()).options(options(POLL)).define(WAITING).build();
  private final SagaEngine sender =
      SagaEngine.builder(database.store()).options(options(Duration.ofMinutes(1))).build();

  /** What was noticed: how many polls began after the signal was sent, and how long it took. */
  private record Noticed(int polls, Duration after) {}

  /** Sends a signal. */
  @FunctionalInterface
  private interface Sending {
    void send(String key) throws SQLException;
  }

  private static EngineOptions options(Duration poll) {
    return EngineOptions.defaults()
        .withPollInterval(poll)
        .withShutdownTimeout(Duration.ofSeconds(2));
  }

  private static String key(int number) {
    return "k" + number;
  }

  @BeforeEach
  void open() {
    runner.open();
    sender.open();
  }

  @AfterEach
  void close() {
    runner.close();
    sender.close();
    database.close();
  }

  @Test
  void aSignalIsNoticedAtTheNextPoll() throws SQLException {
    requireEarly(noticed(key -> sender.signal(WAITING, key, PAID, 1)));
  }

  @Test
  void aSignalOfACallersTransactionIsNoticedAtTheNextPoll() throws SQLException {
    requireEarly(noticed(this::join));
  }

  private void join(String key) throws SQLException {
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      sender.joining(connection).signal(WAITING, key, PAID, 1);
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private List<Noticed> noticed(Sending sending) throws SQLException {
    List<Noticed> noticed = new ArrayList<>();
    for (int number = 0; number < SIGNALS; number++) {
      SagaId saga = runner.start(WAITING, number).id();
      TestDatabase.await(() -> isWaiting(saga));
      sending.send(key(number));
      int polls = watched.polls();
      long sent = System.nanoTime();
      TestDatabase.await(() -> watched.claimed(saga) != null);
      var claimed = Objects.requireNonNull(watched.claimed(saga));
      noticed.add(
          new Noticed(claimed.polls() - polls, Duration.ofNanos(claimed.nanoTime() - sent)));
    }
    return noticed;
  }

  private boolean isWaiting(SagaId saga) {
    return database
        .value("select wake_at is not null from %s.saga where id = '" + saga.value() + "'")
        .equals("t");
  }

  private static void requireEarly(List<Noticed> noticed) {
    assertThat(noticed)
        .allSatisfy(each -> assertThat(each.polls()).isLessThanOrEqualTo(1))
        .extracting(Noticed::after)
        .satisfies(
            times ->
                assertThat(times.stream().sorted().toList().get(SIGNALS / 2))
                    .isLessThan(MEDIAN_MAX));
  }
}
