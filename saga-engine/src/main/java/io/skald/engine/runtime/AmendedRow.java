package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.LogWrite;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A log row as an operator's change leaves it. */
final class AmendedRow {
  private AmendedRow() {}

  /**
   * The whole budget once more; the numbers of the attempts go on, and what follows from spent ones
   * is open again. An action that failed stays failed until an attempt ends: as a row that waits
   * for another attempt it would look like one that may have taken effect.
   */
  static LogWrite renewed(Entry entry) {
    boolean isDisproved =
        entry.direction() == Direction.ACTION && entry.status() == LogStatus.FAILED;
    return new LogWrite(
        entry.path(),
        entry.direction(),
        StepPath.name(entry.path()),
        entry.seq(),
        isDisproved ? LogStatus.FAILED : LogStatus.RETRYING,
        entry.attempt(),
        entry.attempt(),
        entry.decidedForGood(),
        null,
        null,
        isDisproved ? null : Duration.ZERO,
        new LogWrite.Replaced(entry.status(), entry.attempt()));
  }

  /**
   * No further attempt.
   *
   * @param entry what is to be recorded in place of the row that waits for one
   * @param state what is recorded
   */
  static LogWrite closed(Entry entry, SagaState state) {
    LogStatus open = state.entry(entry.path(), entry.direction()).orElseThrow().status();
    return new LogWrite(
        entry.path(),
        entry.direction(),
        StepPath.name(entry.path()),
        entry.seq(),
        entry.status(),
        entry.attempt(),
        entry.attemptBase(),
        entry.decided(),
        null,
        null,
        null,
        new LogWrite.Replaced(open, entry.attempt()));
  }

  /** Taken as done, whether or not anything is recorded of it. */
  static LogWrite skipped(
      SagaState state, String path, Direction direction, @Nullable String payload) {
    Optional<Entry> there = state.entry(path, direction);
    return new LogWrite(
        path,
        direction,
        StepPath.name(path),
        state.nextSeq(),
        LogStatus.SKIPPED,
        there.map(Entry::attempt).orElse(0),
        there.map(Entry::attemptBase).orElse(0),
        there.map(Entry::decided).orElse(null),
        payload,
        null,
        null,
        there.map(e -> new LogWrite.Replaced(e.status(), e.attempt())).orElse(null));
  }

  /** What a row tells the machine of how far the saga has come. */
  static Event recorded(LogWrite row) {
    return new Event.Recorded(
        new Entry(
            row.path(),
            row.direction(),
            row.seq(),
            row.status(),
            row.attempt(),
            row.attemptBase(),
            null,
            row.decision()));
  }
}
