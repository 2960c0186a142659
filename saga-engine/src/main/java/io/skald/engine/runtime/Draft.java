package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A transition while it is put together. Confined to one thread. */
final class Draft {
  private final SagaDefinition<?, ?> definition;
  private final HeldSaga before;
  private final List<LogWrite> rows = new ArrayList<>();
  private final List<SagaEvent> events = new ArrayList<>();
  private final List<UUID> consumes = new ArrayList<>();
  private final List<NewSaga> starts = new ArrayList<>();
  private @Nullable Parent tells;
  private HeldSaga after;
  private @Nullable SagaChange change;
  private @Nullable RunEnd end;

  Draft(SagaDefinition<?, ?> definition, HeldSaga held) {
    this.definition = definition;
    this.before = held;
    this.after = held;
  }

  /** The saga as it stands once this is committed. */
  HeldSaga after() {
    return after;
  }

  void record(Recording recording, Instant now) {
    String path = recording.path();
    Note note = recording.note();
    var there = after.state().entry(path, recording.direction());
    Duration retryAfter = recording.verdict().retryAfter();
    var entry =
        new Entry(
            path,
            recording.direction(),
            after.state().nextSeq(),
            recording.verdict().status(),
            recording.attempt(),
            there.map(Entry::attemptBase).orElse(0),
            retryAfter == null ? null : now.plus(retryAfter),
            decision(recording, there.orElse(null)));
    put(row(entry, there.orElse(null), recording));
    if (note.signal() != null) {
      consumes.add(note.signal());
    }
    if (note.starts() != null) {
      starts.add(note.starts());
    }
    after = after.recorded(entry, recording);
    events.addAll(Events.of(definition.name(), before.id(), recording));
  }

  /** What was decided of an attempt holds for that one, and the end of a wait for that wait. */
  private static @Nullable String decision(Recording recording, @Nullable Entry there) {
    if (recording.verdict().decision() != null) {
      return recording.verdict().decision();
    }
    if (recording.note().decision() != null) {
      return recording.note().decision();
    }
    if (there == null || there.attempt() != recording.attempt() || there.waitEnd().isPresent()) {
      return null;
    }
    return there.decided();
  }

  /** One row at most for each step and direction: the later word counts, in place of both. */
  private void put(LogWrite row) {
    for (LogWrite earlier : rows) {
      if (earlier.path().equals(row.path()) && earlier.direction() == row.direction()) {
        rows.remove(earlier);
        rows.add(row.replacing(earlier.replaces()));
        return;
      }
    }
    rows.add(row);
  }

  private LogWrite row(Entry entry, @Nullable Entry there, Recording recording) {
    return new LogWrite(
        entry.path(),
        entry.direction(),
        recording.step().name(),
        entry.seq(),
        entry.status(),
        entry.attempt(),
        entry.attemptBase(),
        entry.decided(),
        recording.note().payload(),
        recording.note().error(),
        recording.verdict().retryAfter(),
        there == null ? null : new LogWrite.Replaced(there.status(), there.attempt()));
  }

  /** Nothing to commit: another run goes on with the saga, or nobody needs to. */
  void drop() {
    end = new RunEnd.Dropped();
  }

  void park(Duration wait) {
    Duration atLeastZero = wait.isNegative() ? Duration.ZERO : wait;
    // what was announced since we looked must not be slept over
    Integer signals = after.state().signals().map(PendingSignals::seen).orElse(null);
    change = new SagaChange.Park(atLeastZero, signals, lane());
    end = new RunEnd.Parked(atLeastZero);
  }

  private Lane lane() {
    return Lanes.of(definition, after);
  }

  void turnAround(Decision.TurnAround turn, Instant now) {
    String reason =
        turn.reason().isEmpty()
            ? after.errorOf(turn.step(), Direction.ACTION)
            : turn.reason() + unlocked(turn);
    for (Entry entry : turn.unanswered()) {
      giveUp(entry, reason, now);
    }
    var error = new SagaError(turn.step(), reason, null);
    after = after.turnedAround(error);
    change = new SagaChange.TurnAround(error);
    events.add(new SagaEvent.Compensating(definition.name(), before.id(), reason));
  }

  /** Whoever is called off before it had its locks was waiting for them. */
  private String unlocked(Decision.TurnAround turn) {
    return definition.stepAt(turn.step()).map(PlacedStep::plan).stream()
        .filter(LockPlan.class::isInstance)
        .map(plan -> ", and it was still waiting for lock " + ((LockPlan) plan).names())
        .findFirst()
        .orElse("");
  }

  /** No further attempt will be made: the machine says what the row has to say then. */
  private void giveUp(Entry entry, String reason, Instant now) {
    var lastWord = new Verdict(entry.status(), null);
    String last = after.errorOf(entry.path(), entry.direction());
    record(
        new Recording(
            new Place(
                definition.stepAt(entry.path()).orElseThrow(), entry.direction(), entry.attempt()),
            lastWord,
            Note.error(last.isEmpty() ? reason : last),
            null),
        now);
  }

  void complete(String output) {
    change = new SagaChange.Complete(output);
    halt(SagaStatus.COMPLETED, output, null);
  }

  void endCompensated() {
    change = new SagaChange.EndCompensated();
    halt(SagaStatus.COMPENSATED, null, after.payloads().reason());
  }

  void stick(SagaError error) {
    var bounded = new SagaError(error.step(), ErrorText.bounded(error.text()), error.actor());
    change = new SagaChange.Stick(bounded, lane());
    halt(SagaStatus.STUCK, null, bounded);
  }

  /** What the step that cannot go on said last, in whichever direction. */
  String reasonOf(Decision.Stick stick) {
    return Stream.of(Direction.CONFIRM, Direction.CANCEL, Direction.COMPENSATION, Direction.ACTION)
        .filter(direction -> direction.isBackward() == after.state().isTurnedAround())
        .map(direction -> after.errorOf(stick.step(), direction))
        .filter(error -> !error.isEmpty())
        .findFirst()
        .map(error -> stick.reason() + "; " + error)
        .orElse(stick.reason());
  }

  private void halt(SagaStatus status, @Nullable String output, @Nullable SagaError error) {
    after = after.evolved(new Event.Halted(status));
    tells = status.isEnd() ? before.about().parent() : null;
    end = new RunEnd.Halted(status, output, error, tells == null ? null : tells.saga());
    events.add(Events.halted(definition.name(), before.id(), status, error));
  }

  TransitionDraft done() {
    return new TransitionDraft(
        new Transition(before.fence(), rows, change, new Links(consumes, starts, tells)),
        after,
        end,
        List.copyOf(events));
  }
}
