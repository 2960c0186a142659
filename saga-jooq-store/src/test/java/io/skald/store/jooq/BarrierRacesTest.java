package io.skald.store.jooq;

import static io.skald.saga.participant.Passage.EMPTY;
import static io.skald.saga.participant.Passage.PASSED;
import static io.skald.saga.participant.Passage.REPEATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Passage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/** Calls for the same actions at the same time, in real transactions. */
@Timeout(240)
class BarrierRacesTest {
  private static final int INTERLEAVINGS = 1000;
  private static final int CALLS = 7;

  private final BarrierDatabase participant = new BarrierDatabase();
  private final JooqBarrier barrier = participant.barrier();
  private final ExecutorService threads = Executors.newFixedThreadPool(CALLS);

  @AfterEach
  void close() {
    threads.shutdownNow();
    participant.close();
  }

  private enum Kind {
    ACTION,
    COMPENSATION,
    CONFIRMATION
  }

  /** A call that was committed, and what it was told. */
  private record Told(String key, Kind kind, Passage passage) {}

  private Passage call(Connection connection, String key, Kind kind) throws SQLException {
    return switch (kind) {
      case ACTION -> barrier.action(connection, key, () -> effect(connection, key, kind));
      case COMPENSATION ->
          barrier.compensation(connection, key, () -> effect(connection, key, kind));
      case CONFIRMATION ->
          barrier.confirmation(connection, key, () -> effect(connection, key, kind));
    };
  }

  private void effect(Connection connection, String key, Kind kind) throws SQLException {
    participant.effect(connection, key, kind.name());
  }

  private Passage committed(String key, Kind kind) throws SQLException {
    try (Connection connection = participant.connection()) {
      Passage passage = call(connection, key, kind);
      connection.commit();
      return passage;
    }
  }

  private String deadlocks() {
    return participant
        .database()
        .value("select deadlocks from pg_stat_database where datname = current_database()");
  }

  // ---- whatever the order

  @Test
  void whateverTheOrderNothingTakesEffectTwiceOrAfterItsCompensation() throws Exception {
    String deadlocks = deadlocks();
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < INTERLEAVINGS; round++) {
      List<String> keys = List.of("a" + round, "b" + round);
      List<Told> told = interleaved(keys, random);
      for (String key : keys) {
        List<Told> ofKey = told.stream().filter(one -> one.key().equals(key)).toList();
        requireSense(key, ofKey, "seed %d, round %d: %s".formatted(seed, round, ofKey));
      }
    }

    assertThat(deadlocks()).isEqualTo(deadlocks);
  }

  private List<Told> interleaved(List<String> keys, Random random) throws Exception {
    List<Future<List<Told>>> calls = new ArrayList<>();
    for (int call = 0; call < CALLS; call++) {
      var own = new Random(random.nextLong());
      calls.add(threads.submit(() -> transaction(keys.get(own.nextInt(keys.size())), own)));
    }
    List<Told> told = new ArrayList<>();
    for (Future<List<Told>> call : calls) {
      told.addAll(call.get());
    }
    return told;
  }

  /** One call, in a transaction that takes its time and may roll back. */
  private List<Told> transaction(String key, Random random) throws SQLException {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    LockSupport.parkNanos(random.nextInt(400_000));
    try (Connection connection = participant.connection()) {
      Passage passage = call(connection, key, kind);
      LockSupport.parkNanos(random.nextInt(400_000));
      if (random.nextInt(4) == 0) {
        connection.rollback();
        return List.of();
      }
      connection.commit();
      return List.of(new Told(key, kind, passage));
    }
  }

  /** What took effect is what was told, and what must be so whatever the order was. */
  private void requireSense(String key, List<Told> told, String what) {
    int actions = participant.effects(key, Kind.ACTION.name());
    int compensations = participant.effects(key, Kind.COMPENSATION.name());
    int confirmations = participant.effects(key, Kind.CONFIRMATION.name());

    assertThat(actions).as(what).isEqualTo(count(told, Kind.ACTION, PASSED)).isLessThan(2);
    assertThat(compensations).as(what).isEqualTo(count(told, Kind.COMPENSATION, PASSED));
    assertThat(confirmations).as(what).isEqualTo(count(told, Kind.CONFIRMATION, PASSED));
    assertThat(compensations + confirmations).as(what).isLessThanOrEqualTo(actions);
    for (Told one : told) {
      switch (one.passage()) {
        case PASSED, REPEATED ->
            assertThat(participant.effects(key, one.kind().name())).as(what).isOne();
        case EMPTY -> assertThat(actions).as(what).isZero();
        case LATE -> assertThat(actions - compensations).as(what).isZero();
        case CONFIRMED -> assertThat(confirmations).as(what).isOne();
        case MISSING -> assertThat(one.kind()).as(what).isEqualTo(Kind.CONFIRMATION);
      }
    }
    if (told.stream().anyMatch(BarrierRacesTest::isCompensated)) {
      assertThat(actions - compensations).as(what).isZero();
    }
  }

  private static boolean isCompensated(Told told) {
    return told.kind() == Kind.COMPENSATION && !told.passage().isRefused();
  }

  private static int count(List<Told> told, Kind kind, Passage passage) {
    return (int)
        told.stream().filter(one -> one.kind() == kind && one.passage() == passage).count();
  }

  // ---- no deadlock

  @Test
  void twoCancelsOfATryThatIsInFlightDoNotDeadlock() throws Exception {
    String deadlocks = deadlocks();
    for (int round = 0; round < 60; round++) {
      String key = "t" + round;
      boolean commits = round % 2 == 0;
      List<Future<Passage>> cancels = new ArrayList<>();
      try (Connection first = participant.connection()) {
        assertThat(call(first, key, Kind.ACTION)).isEqualTo(PASSED);
        for (int cancel = 0; cancel < 2; cancel++) {
          cancels.add(threads.submit(() -> committed(key, Kind.COMPENSATION)));
        }
        participant.awaitWaiting(2);
        if (commits) {
          first.commit();
        } else {
          first.rollback();
        }
      }
      List<Passage> told = List.of(cancels.get(0).get(), cancels.get(1).get());
      if (commits) {
        assertThat(told).containsExactlyInAnyOrder(PASSED, REPEATED);
      } else {
        assertThat(told).containsExactly(EMPTY, EMPTY);
      }
      assertThat(participant.effects(key, Kind.COMPENSATION.name())).isEqualTo(commits ? 1 : 0);
    }

    assertThat(deadlocks()).isEqualTo(deadlocks);
  }

  // ---- a transaction that dies

  @Test
  void aSessionThatIsKilledInTheMiddleLeavesNothingAndItsRepeatPasses() throws Exception {
    String key = "k1";
    try (Connection first = participant.connection()) {
      assertThat(call(first, key, Kind.ACTION)).isEqualTo(PASSED);
      Future<Passage> repeat = threads.submit(() -> committed(key, Kind.ACTION));
      participant.awaitWaiting(1);
      kill(first);

      assertThat(repeat.get()).isEqualTo(PASSED);
      assertThatThrownBy(first::commit).isInstanceOf(SQLException.class);
    }
    assertThat(participant.effects(key, Kind.ACTION.name())).isOne();
    assertThat(committed(key, Kind.COMPENSATION)).isEqualTo(PASSED);
  }

  private void kill(Connection connection) throws SQLException {
    int backend = connection.unwrap(PGConnection.class).getBackendPID();
    participant.database().value("select pg_terminate_backend(" + backend + ")");
  }
}
