package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A saga as its owner holds it: what is recorded, under which fence. Immutable.
 *
 * @param fence the right to write
 * @param businessKey the saga's key
 * @param state what is recorded, as the machine sees it
 * @param results the encoded results of the actions, by path
 * @param errors what the last failed attempts said, by path and direction
 * @param readAt the database's time when the saga was read
 * @param readNanos the monotonic time when the saga was read
 */
record HeldSaga(
    Fence fence,
    String businessKey,
    SagaState state,
    Map<String, String> results,
    Map<ErrorKey, String> errors,
    Instant readAt,
    long readNanos) {

  /** Which attempt an error belongs to. */
  record ErrorKey(String path, Direction direction) {}

  static HeldSaga of(SagaSnapshot snapshot, NodeId owner, long nanos) {
    var results = new HashMap<String, String>();
    var errors = new HashMap<ErrorKey, String>();
    for (LogRow row : snapshot.log()) {
      String payload = row.payload();
      if (row.direction() == Direction.ACTION && payload != null) {
        results.put(row.path(), payload);
      }
      String error = row.error();
      if (error != null) {
        errors.put(new ErrorKey(row.path(), row.direction()), error);
      }
    }
    var fence = new Fence(snapshot.saga().id(), owner, snapshot.saga().epoch());
    return new HeldSaga(
        fence,
        snapshot.saga().businessKey(),
        Histories.stateOf(snapshot),
        results,
        errors,
        snapshot.readAt(),
        nanos);
  }

  SagaId id() {
    return fence.saga();
  }

  /** The database's time, as far as it can be told without asking. */
  Instant now(long nanos) {
    return readAt.plusNanos(nanos - readNanos);
  }

  String errorOf(String path, Direction direction) {
    return Objects.requireNonNullElse(errors.get(new ErrorKey(path, direction)), "");
  }

  HeldSaga evolved(Event event) {
    return new HeldSaga(
        fence, businessKey, state.evolve(event), results, errors, readAt, readNanos);
  }

  HeldSaga under(Fence other) {
    return new HeldSaga(other, businessKey, state, results, errors, readAt, readNanos);
  }

  HeldSaga recorded(Entry entry, Recording recording) {
    var moreResults = new HashMap<>(results);
    String payload = recording.payload();
    if (entry.direction() == Direction.ACTION && payload != null) {
      moreResults.put(entry.path(), payload);
    }
    var moreErrors = new HashMap<>(errors);
    String error = recording.error();
    if (error != null) {
      moreErrors.put(new ErrorKey(entry.path(), entry.direction()), error);
    }
    return new HeldSaga(
        fence,
        businessKey,
        state.evolve(new Event.Recorded(entry)),
        moreResults,
        moreErrors,
        readAt,
        readNanos);
  }
}
