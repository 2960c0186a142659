package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decided;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The steps that are other sagas: started in the commit that records them, called back when their
 * parent compensates. Whatever ends one sends its parent a signal in the same commit; the parent
 * looks from time to time all the same, should somebody have written past the engine.
 */
final class ChildSagas {
  /**
   * How long a parent waits before it looks, though no signal has come: a day, so that a million
   * that wait are a dozen looks a second.
   */
  static final Duration LOOK_EVERY = Duration.ofDays(1);

  private static final String CALLED_BACK = "its parent compensates";

  private final RegisteredSaga saga;
  private final RunContext context;
  private final UserCode code;
  private final NewSagas newSagas;

  ChildSagas(RegisteredSaga saga, RunContext context, UserCode code) {
    this.saga = saga;
    this.context = context;
    this.code = code;
    this.newSagas = new NewSagas(context);
  }

  /** What is to be recorded of the start of another saga, which is started with it. */
  Recording start(HeldSaga held, Decision.StartChild start) {
    PlacedStep step = start.step();
    var place = new Place(step, Direction.ACTION, start.attempt());
    try {
      NewSaga child = child(held, step, start.attempt());
      Note note = new Note(Decided.child(child.id()).text(), null, null, null, child);
      return new Recording(place, new Verdict(LogStatus.WAITING, LOOK_EVERY), note, null);
    } catch (Throwable e) {
      return failed(place, ErrorText.of(e), null);
    }
  }

  private NewSaga child(HeldSaga held, PlacedStep step, int attempt) throws Exception {
    var plan = (ChildPlan) step.plan();
    var results = new RecordedResults(saga.definition(), held, context.codec(), step.path());
    Object input = code.derive(held, step, plan.input(), results, "saga");
    return newSagas
        .child(plan.child(), input, new Parent(held.id(), step.path()), attempt)
        .withLane(Lanes.of(saga.definition(), held));
  }

  /** What is to be recorded if a saga of the child's key is there already, and not this one's. */
  Recording taken(Recording start) {
    NewSaga child = Objects.requireNonNull(start.note().starts());
    String definition = child.definition().name();
    String whose =
        context
            .store()
            .find(definition, child.businessKey())
            .map(ChildSagas::whose)
            .orElse("a moment ago");
    String error =
        "the saga it starts was started already: %s of key %s, %s (expected: a key of its own)"
            .formatted(definition, child.businessKey(), whose);
    return failed(start.place(), error, null);
  }

  private static String whose(SagaRow there) {
    Parent parent = there.parent();
    return parent == null
        ? "as " + there.id()
        : "as %s, by saga %s at step %s".formatted(there.id(), parent.saga(), parent.path());
  }

  /**
   * Looks at the other saga: what has become of it is what becomes of the step.
   *
   * @param signal the signal that said that something has, if one did
   * @return empty if a later version wrote what has become of it
   */
  Optional<Recording> look(HeldSaga held, Place place, @Nullable UUID signal) {
    Optional<SagaRow> child = find(held, place.step());
    if (child.isEmpty() && isThere(held, place.step())) {
      return Optional.empty();
    }
    return Optional.of(
        switch (place.direction()) {
          case ACTION -> action(place, child, signal);
          case COMPENSATION -> compensation(place, child, signal);
          case CONFIRM, CANCEL -> throw new IllegalStateException(place.step().path());
        });
  }

  private Recording action(Place place, Optional<SagaRow> child, @Nullable UUID signal) {
    if (child.isEmpty()) {
      return unknown(place, "the saga it started is not there any more", signal);
    }
    SagaRow row = child.get();
    return switch (row.status()) {
      case COMPLETED -> Recording.success(place, new Note(null, row.output(), null, signal, null));
      case COMPENSATED ->
          failed(place, "the saga it started compensated: " + row.id() + ": " + why(row), signal);
      case RESOLVED ->
          unknown(place, "the saga it started was resolved: " + row.id() + ": " + why(row), signal);
      case RUNNING, COMPENSATING, STUCK -> waiting(place, signal);
    };
  }

  private static Recording compensation(
      Place place, Optional<SagaRow> child, @Nullable UUID signal) {
    boolean isOver =
        child
            .map(SagaRow::status)
            .map(status -> status == SagaStatus.COMPENSATED || status == SagaStatus.RESOLVED)
            .orElse(false);
    if (child.isEmpty()) {
      return failed(place, "the saga it started is not there any more", signal);
    }
    return isOver
        ? Recording.success(place, new Note(null, null, null, signal, null))
        : waiting(place, signal);
  }

  /**
   * Has the other saga compensate, if it does not yet, and looks at it.
   *
   * @return empty if a later version wrote what has become of it
   */
  Optional<Recording> callBack(HeldSaga held, Place place) {
    try {
      call(held, place);
    } catch (SagaStoreException e) {
      if (e.kind() == SagaStoreException.Kind.TRANSIENT) {
        throw e;
      }
      if (find(held, place.step()).isEmpty() && isThere(held, place.step())) {
        return Optional.empty();
      }
      // a later version may have moved it on since
      call(held, place);
    }
    return look(held, place, null);
  }

  private void call(HeldSaga held, Place place) {
    idOf(held, place.step()).ifPresent(id -> call(id, held, place));
  }

  private void call(SagaId id, HeldSaga held, Place place) {
    try {
      var unused = context.store().amend(id, found -> called(found, held, place));
      context.due().run();
    } catch (IllegalSagaStateException e) {
      // it is on its way back, or there
    }
  }

  private Amendment called(SagaSnapshot found, HeldSaga held, Place place) {
    SagaRow row = found.saga();
    SagaError parent = held.payloads().reason();
    String why = parent == null ? "" : ": " + parent.text();
    var error = new SagaError(null, ErrorText.bounded(CALLED_BACK + why), null);
    SagaChange change =
        switch (row.status()) {
          case COMPLETED -> new SagaChange.CallBack(error);
          case RUNNING -> new SagaChange.RequestCancel();
          case STUCK -> stuck(row);
          case COMPENSATING, COMPENSATED, RESOLVED -> throw comesBack(row);
        };
    // the audit stays when the saga is erased: it is not to say what an exception said
    var audit =
        new Amendment.Audit("saga " + held.id(), "call-back", place.step().name(), CALLED_BACK);
    return new Amendment(List.of(), change, null, audit);
  }

  /** On its way back it is for an operator to move; on its way forward it turns around. */
  private static SagaChange stuck(SagaRow row) {
    if (row.turnedAroundAt() != null) {
      throw comesBack(row);
    }
    return new SagaChange.RequestCancel();
  }

  private static IllegalSagaStateException comesBack(SagaRow row) {
    return new IllegalSagaStateException(
        "saga %s is %s".formatted(row.id(), row.status()), row.definition().name(), row.id());
  }

  private Optional<SagaRow> find(HeldSaga held, PlacedStep step) {
    return idOf(held, step).stream()
        .flatMap(id -> context.store().rows(List.of(id)).stream())
        .findFirst();
  }

  /** Whether it was not deleted: the rows of many leave out what a later version wrote. */
  private boolean isThere(HeldSaga held, PlacedStep step) {
    return idOf(held, step).flatMap(id -> context.store().addressee(id, "")).isPresent();
  }

  private static Optional<SagaId> idOf(HeldSaga held, PlacedStep step) {
    return held.state()
        .entry(step.path(), Direction.ACTION)
        .flatMap(Entry::decision)
        .flatMap(Decided::child);
  }

  private static String why(SagaRow row) {
    SagaError error = row.error();
    return error == null ? "" : error.text();
  }

  private static Recording waiting(Place place, @Nullable UUID signal) {
    Note note = new Note(null, null, null, signal, null);
    return new Recording(place, new Verdict(LogStatus.WAITING, LOOK_EVERY), note, null);
  }

  private static Recording failed(Place place, String error, @Nullable UUID signal) {
    String bounded = ErrorText.bounded(error);
    return new Recording(
        place,
        new Verdict(LogStatus.FAILED, null),
        new Note(null, null, bounded, signal, null),
        new AttemptEnd.Hopeless(bounded));
  }

  private static Recording unknown(Place place, String error, @Nullable UUID signal) {
    String bounded = ErrorText.bounded(error);
    return new Recording(
        place,
        new Verdict(LogStatus.UNKNOWN, null),
        new Note(null, null, bounded, signal, null),
        new AttemptEnd.Unanswered(bounded));
  }
}
