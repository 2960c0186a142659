package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.SagaStatus;

/** Folds what the store holds of a saga into the machine's state. */
public final class Histories {
  private Histories() {}

  /** Why a saga is not to be moved whose log says something that this version does not know. */
  static String unknown(String unread) {
    return "its log says what this version does not know, but a later version may: "
        + ErrorText.bounded(unread);
  }

  /** The machine's state of a saga. */
  public static SagaState stateOf(SagaSnapshot snapshot) {
    SagaRow saga = snapshot.saga();
    SagaState state = SagaState.started(saga.deadlineAt());
    for (LogRow row : snapshot.log()) {
      state = state.evolve(new Event.Recorded(entryOf(row)));
    }
    if (saga.cancelRequestedAt() != null) {
      state = state.evolve(new Event.CancelRequested());
    }
    if (saga.turnedAroundAt() != null) {
      state = state.evolve(new Event.TurnedAround());
    }
    boolean halted = saga.status().isEnd() || saga.status() == SagaStatus.STUCK;
    return halted ? state.evolve(new Event.Halted(saga.status())) : state;
  }

  static Entry entryOf(LogRow row) {
    return new Entry(
        row.path(),
        row.direction(),
        row.seq(),
        row.status(),
        row.attempt(),
        row.attemptBase(),
        row.retryAt(),
        row.decision());
  }
}
