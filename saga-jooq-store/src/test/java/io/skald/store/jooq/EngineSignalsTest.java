package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * Signals that come at random moments around waits, on real PostgreSQL: none is lost, none is
 * delivered twice. {@code -Dskald.signals.seed=…} repeats the moments of a run as far as threads
 * allow.
 */
@Timeout(180)
class EngineSignalsTest {
  private static final int SAGAS = 5_000;
  private static final int WAITS = 2 * SAGAS;
  private static final int SIGNALS = 10_000;
  private static final int ROLLED_BACK = 1_000;
  private static final int SENDERS = 16;
  private static final int NONE = -1;
  private static final Duration SPAN = Duration.ofSeconds(14);
  private static final Duration WITHIN = Duration.ofSeconds(1);

  /** A commit is known to its sender a moment after the database knows it, and never before. */
  private static final Duration NO_DOUBT = Duration.ofMillis(5);

  private static final Signal<Integer> PAID = Signal.named("paid", Integer.class);

  private final long seed = Long.getLong("skald.signals.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final EngineFixture fixture = new EngineFixture();
  private final Map<Integer, Sent> sent = new ConcurrentHashMap<>();

  /** A signal that was accepted: to whom, and when its sender knew. */
  private record Sent(String key, Instant at) {}

  /** A wait that is over, and the number of the signal that was its result. */
  private record Waited(String key, String path, int number, Instant began) {}

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SagaDefinition<Integer, Integer> twoWaits() {
    var first = Step.await("first", PAID).within(WITHIN).orElse(NONE);
    var second = Step.await("second", PAID).within(WITHIN).orElse(NONE);
    return Saga.define("two-waits", Integer.class)
        .key(EngineSignalsTest::key)
        .step(first)
        .step(second)
        .returning(Integer.class, (in, results) -> results.resultOf(second));
  }

  private static String key(int saga) {
    return "saga-" + saga;
  }

  @Test
  void everySignalIsTheResultOfOneWaitOrIsPendingInTheEnd(TestReporter report) throws Exception {
    report.publishEntry("seed", Long.toString(seed));
    var saga = twoWaits();
    List<SagaEngine> engines = List.of(fixture.open(saga), fixture.open(saga));
    sendAround(saga, engines);
    Awaitility.await("all sagas have ended; seed " + seed)
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                fixture
                    .database
                    .value("select count(*) from %s.saga where status = 'COMPLETED'")
                    .equals(Integer.toString(SAGAS)));

    List<Waited> waits = waits();
    assertThat(waits).hasSize(WAITS);
    Map<Integer, String> taken = new TreeMap<>();
    waits.stream()
        .filter(wait -> wait.number() != NONE)
        .forEach(
            wait ->
                assertThat(taken.put(wait.number(), wait.key() + ' ' + wait.path()))
                    .as("signal %d is delivered twice; seed %d", wait.number(), seed)
                    .isNull());
    assertThat(taken).as("what the signals say; seed %d", seed).isEqualTo(consumed());
    List<Integer> pending = pending();
    assertThat(taken.size() + pending.size()).as("signals; seed %d", seed).isEqualTo(SIGNALS);
    assertThat(sent.keySet()).containsAll(taken.keySet()).containsAll(pending);
    assertThat(lost(pending, waits)).as("signals passed over; seed %d", seed).isEmpty();
    assertThat(unclaimed()).hasSameSizeAs(pending);
    // or the moments were not around the waits
    assertThat(taken).hasSizeGreaterThan(SIGNALS / 4);
    assertThat(pending).hasSizeGreaterThan(SIGNALS / 20);
    assertThat(waits).filteredOn(wait -> wait.number() == NONE).hasSizeGreaterThan(WAITS / 20);
  }

  private List<UnclaimedSignal> unclaimed() {
    var store = fixture.database.store();
    return store.unclaimed(Duration.ZERO, SignalPosition.START, SIGNALS).unclaimed();
  }

  @Test
  void moreSignalsOfOneNameThanALookListsAreAllTakenInTheirOrder() throws Exception {
    int many = Signals.OF_A_NAME_MAX + 20;
    var each = Step.await("each", PAID).within(Duration.ofMinutes(5)).orElse(NONE);
    var all =
        Step.forEach("all", Integer.class, Integer.class, (in, results) -> to(in))
            .concurrency(1)
            .step(each);
    SagaDefinition<Integer, String> saga =
        Saga.define("many-waits", Integer.class)
            .key(EngineSignalsTest::key)
            .step(all)
            .returning(String.class, (in, results) -> results.resultOf(all).toString());
    SagaEngine engine = fixture.open(saga);
    for (int i = 0; i < many; i++) {
      engine.signal(saga, key(many), PAID, i);
    }

    assertThat(engine.start(saga, many).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(to(many).toString()));
  }

  private static List<Integer> to(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  // ---- sending

  /** A deed of a sender's. */
  @FunctionalInterface
  private interface Deed {
    void run() throws Exception;
  }

  private void sendAround(SagaDefinition<Integer, Integer> saga, List<SagaEngine> engines)
      throws Exception {
    List<Future<?>> deeds = new ArrayList<>();
    long lead = WITHIN.toMillis();
    long[] starts = random.longs(SAGAS, lead, lead + SPAN.toMillis()).toArray();
    try (ScheduledExecutorService senders = Executors.newScheduledThreadPool(SENDERS)) {
      for (int i = 0; i < SAGAS; i++) {
        int number = i;
        SagaEngine engine = anyOf(engines);
        deeds.add(at(senders, starts[i], () -> start(engine, saga, number)));
      }
      for (int i = 0; i < SIGNALS + ROLLED_BACK; i++) {
        int to = random.nextInt(SAGAS);
        long moment = starts[to] + random.nextLong(-lead, 3 * lead);
        deeds.add(at(senders, moment, sending(i, saga, anyOf(engines), key(to))));
      }
      for (Future<?> deed : deeds) {
        deed.get();
      }
    }
  }

  private SagaEngine anyOf(List<SagaEngine> engines) {
    return engines.get(random.nextInt(engines.size()));
  }

  private static Future<?> at(ScheduledExecutorService senders, long millis, Deed deed) {
    return senders.schedule(
        () -> {
          deed.run();
          return null;
        },
        millis,
        TimeUnit.MILLISECONDS);
  }

  private static void start(SagaEngine engine, SagaDefinition<Integer, Integer> saga, int number) {
    var unused = engine.start(saga, number);
  }

  /** Half of those that count are sent in transactions of the sender's. */
  private Deed sending(
      int number, SagaDefinition<Integer, Integer> saga, SagaEngine engine, String key) {
    if (number >= SIGNALS) {
      return () -> join(engine, saga, key, number);
    }
    return number % 2 == 0
        ? () -> {
          engine.signal(saga, key, PAID, number);
          sent.put(number, new Sent(key, Instant.now()));
        }
        : () -> {
          join(engine, saga, key, number);
          sent.put(number, new Sent(key, Instant.now()));
        };
  }

  private void join(
      SagaEngine engine, SagaDefinition<Integer, Integer> saga, String key, int number)
      throws SQLException {
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).signal(saga, key, PAID, number);
      if (number < SIGNALS) {
        connection.commit();
      } else {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }

  // ---- judging

  private List<Waited> waits() throws Exception {
    return rows(
        """
        select s.business_key, l.path, l.payload::integer, l.created_at
        from %s.saga s
        join %s.saga_log l on l.saga_id = s.id
        where l.status = 'SUCCEEDED'
        """,
        row ->
            new Waited(
                row.text(1), row.text(2), Integer.parseInt(row.text(3)), row.time(4).toInstant()));
  }

  private Map<Integer, String> consumed() throws Exception {
    Map<Integer, String> consumed = new TreeMap<>();
    rows(
            """
            select payload, business_key || ' ' || consumed_path
            from %s.saga_signal
            where consumed_at is not null
            """,
            row -> Map.entry(Integer.parseInt(row.text(1)), row.text(2)))
        .forEach(entry -> consumed.put(entry.getKey(), entry.getValue()));
    return consumed;
  }

  private List<Integer> pending() throws Exception {
    return rows(
        "select payload from %s.saga_signal where consumed_at is null",
        row -> Integer.parseInt(row.text(1)));
  }

  /** Signals that were there before the time of a wait was up that nevertheless ended without. */
  private List<String> lost(List<Integer> pending, List<Waited> waits) {
    List<String> lost = new ArrayList<>();
    for (int number : pending) {
      Sent signal = sent.get(number);
      waits.stream()
          .filter(wait -> wait.key().equals(signal.key()) && wait.number() == NONE)
          .filter(wait -> signal.at().isBefore(wait.began().plus(WITHIN).minus(NO_DOUBT)))
          .forEach(wait -> lost.add(number + " at " + signal + " by " + wait));
    }
    return lost;
  }

  /** A row of a result set that fails without a checked exception. */
  private record Row(ResultSet row) {
    String text(int column) {
      try {
        return row.getString(column);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    OffsetDateTime time(int column) {
      try {
        return row.getObject(column, OffsetDateTime.class);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private <R> List<R> rows(String sql, Function<Row, R> reading) throws SQLException {
    try (Connection connection = fixture.database.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.replace("%s", fixture.database.schema()))) {
      List<R> found = new ArrayList<>();
      while (rows.next()) {
        found.add(reading.apply(new Row(rows)));
      }
      return found;
    }
  }
}
