package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Tx;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sagas whose local steps leave rows that nothing keeps from being there twice. */
final class Trips {
  static final Signal<String> APPROVED = Signal.named("approved", String.class);

  /** The attempts of {@code call} in the order they were made, as {@code saga key/attempt}. */
  final Queue<String> calls = new ConcurrentLinkedQueue<>();

  /** What {@code call} does, beside being noted. */
  volatile Behaviour onCall = (trip, call) -> {};

  /** What {@code book} does after its insert. */
  volatile LocalBehaviour onBook = tx -> {};

  /** The input; its id is the business key. */
  record Trip(String id) {}

  interface Behaviour {
    void act(Trip trip, Call call) throws Exception;
  }

  interface LocalBehaviour {
    void act(Tx tx) throws Exception;
  }

  private CompensatableStep<Trip, Done> book() {
    return Step.named("book", Trip.class)
        .local(
            (trip, tx) -> {
              insert(tx, "book", "ACTION");
              onBook.act(tx);
            })
        .compensation((trip, done, tx) -> insert(tx, "book", "COMPENSATION"));
  }

  private static CompensatableStep<Trip, Done> plain(String name) {
    return Step.named(name, Trip.class)
        .local((trip, tx) -> insert(tx, name, "ACTION"))
        .needsNoCompensation();
  }

  private CompensatableStep<Trip, Done> call() {
    return Step.named("call", Trip.class)
        .remote(
            (trip, call) -> {
              calls.add(trip.id + "/" + call.attempt());
              onCall.act(trip, call);
            })
        .retry(Retry.exponential(Duration.ofMillis(50)).attemptsMax(5))
        .needsNoCompensation();
  }

  /** Book, call, note, close. */
  SagaDefinition<Trip, Done> booked() {
    return Saga.define("booked", Trip.class)
        .key(Trip::id)
        .step(book())
        .step(call())
        .step(plain("note"))
        .step(plain("close"))
        .build();
  }

  /** Book, wait to be approved, close. */
  SagaDefinition<Trip, Done> approved() {
    return Saga.define("approved", Trip.class)
        .key(Trip::id)
        .step(book())
        .step(Step.await("approval", APPROVED).within(Duration.ofHours(1)).orElse("nobody"))
        .step(plain("close"))
        .build();
  }

  /** Note. */
  SagaDefinition<Trip, Done> escort() {
    return Saga.define("escort", Trip.class).key(Trip::id).step(plain("note")).build();
  }

  /** Book, an escort's saga, close. */
  SagaDefinition<Trip, Done> escorted() {
    return Saga.define("escorted", Trip.class)
        .key(Trip::id)
        .step(book())
        .step(Step.saga("escort", Trip.class, escort(), (trip, results) -> trip))
        .step(plain("close"))
        .build();
  }

  private static void insert(Tx tx, String step, String direction) throws SQLException {
    try (PreparedStatement effect =
        tx.connection()
            .prepareStatement("insert into effect (saga_id, step, direction) values (?, ?, ?)")) {
      effect.setObject(1, tx.sagaId().value());
      effect.setString(2, step);
      effect.setString(3, direction);
      effect.executeUpdate();
    }
  }

  /** Has this transaction's COMMIT wait for a standby, if one is asked for. */
  static void replicated(Tx tx) throws SQLException {
    try (Statement statement = tx.connection().createStatement()) {
      statement.execute("set local synchronous_commit = on");
    }
  }
}
