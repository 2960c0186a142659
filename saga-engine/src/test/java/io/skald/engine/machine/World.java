package io.skald.engine.machine;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;

/**
 * A saga somewhere on its way: what is recorded, what really happened, what time it is. Immutable.
 *
 * @param state what is recorded
 * @param truth what really happened
 * @param now the time by the database's clock
 * @param deviations how many deviations from the happy path may still be made
 * @param decisions how many decisions were taken
 * @param isCalledOff whether a cancel or the deadline came in time to end the forward path
 */
record World(
    SagaState state, Truth truth, Instant now, int deviations, int decisions, boolean isCalledOff) {

  World spending(int cost) {
    return new World(state, truth, now, deviations - cost, decisions, isCalledOff);
  }

  World decided() {
    return new World(state, truth, now, deviations, decisions + 1, isCalledOff);
  }

  World evolved(Event event) {
    return new World(state.evolve(event), truth, now, deviations, decisions, isCalledOff);
  }

  World knowing(int step, Truth.Fate fate) {
    return new World(state, truth.with(step, fate), now, deviations, decisions, isCalledOff);
  }

  World at(Instant time) {
    return new World(state, truth, time, deviations, decisions, isCalledOff);
  }

  World calledOff() {
    return new World(state, truth, now, deviations, decisions, true);
  }

  /** What a driver records of an attempt that ended. */
  World recorded(PlacedStep step, Direction direction, int attempt, AttemptEnd end) {
    Attempted attempted = Attempted.of(state, step, direction, attempt);
    return recorded(step.name(), direction, attempt, Judge.judge(attempted, end, 0.0));
  }

  World recorded(String path, Direction direction, int attempt, Verdict verdict) {
    int base = state.entry(path, direction).map(Entry::attemptBase).orElse(0);
    Instant retryAt = verdict.retryAfter() == null ? null : now.plus(verdict.retryAfter());
    return evolved(
        new Event.Recorded(
            new Entry(
                path, direction, state.nextSeq(), verdict.status(), attempt, base, retryAt, null)));
  }

  /** An operator gives the whole budget once more; that an action failed stays true until then. */
  World renewed(Entry entry) {
    boolean isDisproved =
        entry.direction() == Direction.ACTION && entry.status() == LogStatus.FAILED;
    return evolved(
            new Event.Recorded(
                new Entry(
                    entry.path(),
                    entry.direction(),
                    entry.seq(),
                    isDisproved ? LogStatus.FAILED : LogStatus.RETRYING,
                    entry.attempt(),
                    entry.attempt(),
                    isDisproved ? null : now,
                    null)))
        .evolved(new Event.Resumed());
  }
}
