package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga as its owner holds it: what is recorded, under which fence. Immutable.
 *
 * @param fence the right to write
 * @param about what its owner does not change
 * @param state what is recorded, as the machine sees it
 * @param payloads what is recorded and the machine does not look at
 * @param clock tells the database's time
 */
record HeldSaga(Fence fence, About about, SagaState state, Payloads payloads, DatabaseClock clock) {

  /**
   * What its owner does not change.
   *
   * @param businessKey the saga's key
   * @param tokens the saga's tokens
   * @param parent where another saga started it; null if none did
   * @param lane in which lane it was found; it may be urgent since, by what is recorded
   */
  record About(String businessKey, Tokens tokens, @Nullable Parent parent, Lane lane) {
    static About of(SagaRow saga) {
      Tokens tokens = new Tokens(saga.id(), saga.tokenKey());
      return new About(saga.businessKey(), tokens, saga.parent(), saga.lane());
    }
  }

  /**
   * The database's time, as far as it can be told without asking.
   *
   * @param readAt the database's time when the saga was read
   * @param readNanos the monotonic time when the saga was read
   */
  record DatabaseClock(Instant readAt, long readNanos) {
    Instant at(long nanos) {
      return readAt.plusNanos(nanos - readNanos);
    }
  }

  /** Which attempt an error belongs to. */
  record ErrorKey(String path, Direction direction) {}

  /**
   * What is recorded and the machine does not look at.
   *
   * @param results the encoded results of the actions, by path
   * @param errors what the last failed attempts said
   * @param reason why the saga turned around, if it did
   */
  record Payloads(
      Map<String, String> results, Map<ErrorKey, String> errors, @Nullable SagaError reason) {

    static Payloads of(SagaSnapshot snapshot) {
      var payloads = new Payloads(new HashMap<>(), new HashMap<>(), snapshot.saga().error());
      for (LogRow row : snapshot.log()) {
        payloads.put(row.path(), row.direction(), row.payload(), row.error());
      }
      return payloads;
    }

    Payloads with(Recording recording) {
      Note note = recording.note();
      if (note.payload() == null && note.error() == null) {
        return this;
      }
      var more = new Payloads(new HashMap<>(results), new HashMap<>(errors), reason);
      more.put(recording.path(), recording.direction(), note.payload(), note.error());
      return more;
    }

    private void put(
        String path, Direction direction, @Nullable String payload, @Nullable String error) {
      if (direction == Direction.ACTION && payload != null) {
        results.put(path, payload);
      }
      if (error != null) {
        errors.put(new ErrorKey(path, direction), error);
      }
    }
  }

  static HeldSaga of(SagaSnapshot snapshot, NodeId owner, long nanos) {
    return new HeldSaga(
        new Fence(snapshot.saga().id(), owner, snapshot.saga().epoch()),
        About.of(snapshot.saga()),
        Histories.stateOf(snapshot),
        Payloads.of(snapshot),
        new DatabaseClock(snapshot.readAt(), nanos));
  }

  SagaId id() {
    return fence.saga();
  }

  String businessKey() {
    return about.businessKey();
  }

  Tokens tokens() {
    return about.tokens();
  }

  /** The database's time, as far as it can be told without asking. */
  Instant now(long nanos) {
    return clock.at(nanos);
  }

  /** The encoded results of the actions, by path. */
  Map<String, String> results() {
    return payloads.results();
  }

  /** What the last failed attempt said; empty if none did. */
  String errorOf(String path, Direction direction) {
    return Objects.requireNonNullElse(payloads.errors().get(new ErrorKey(path, direction)), "");
  }

  /** What the database holds, with what this owner was doing when it was read. */
  HeldSaga whileDoing(HeldSaga before) {
    SagaState doing = state.whileDoing(before.state);
    return new HeldSaga(fence, about, doing, payloads, clock);
  }

  HeldSaga evolved(Event event) {
    return new HeldSaga(fence, about, state.evolve(event), payloads, clock);
  }

  /** This saga once it has turned around: under the next epoch, with the reason. */
  HeldSaga turnedAround(SagaError reason) {
    var told = new Payloads(payloads.results(), payloads.errors(), reason);
    SagaState turned = state.evolve(new Event.TurnedAround());
    return new HeldSaga(fence.next(), about, turned, told, clock);
  }

  HeldSaga recorded(Entry entry, Recording recording) {
    SagaState recorded = state.evolve(new Event.Recorded(entry));
    UUID taken = recording.note().signal();
    if (taken != null) {
      PendingSignals left = recorded.signals().flatMap(seen -> seen.without(taken)).orElse(null);
      recorded = recorded.evolve(new Event.SignalsRead(left));
    }
    return new HeldSaga(fence, about, recorded, payloads.with(recording), clock);
  }
}
