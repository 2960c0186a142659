package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Verdict;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import org.jspecify.annotations.Nullable;

/**
 * What is to be recorded of an attempt.
 *
 * @param place which attempt of which step
 * @param verdict what its end means
 * @param note what the row says beside that
 * @param end how it ended; null where no attempt did
 */
record Recording(Place place, Verdict verdict, Note note, @Nullable AttemptEnd end) {

  static Recording success(Place place, Note note) {
    return new Recording(
        place, new Verdict(LogStatus.SUCCEEDED, null), note, new AttemptEnd.Succeeded());
  }

  /** The intent of an attempt that must not be repeated. */
  static Recording intent(Place place) {
    return new Recording(place, new Verdict(LogStatus.STARTED, null), Note.NOTHING, null);
  }

  /** The same attempt with another meaning. */
  Recording with(Verdict other, Note said) {
    return new Recording(place, other, said, end);
  }

  /** Whether the attempts are spent, and the saga goes on with another result. */
  boolean isGoingOn() {
    return verdict.isGoingOn();
  }

  PlacedStep step() {
    return place.step();
  }

  String path() {
    return place.step().path();
  }

  Direction direction() {
    return place.direction();
  }

  int attempt() {
    return place.attempt();
  }

  /**
   * Whether a wait for a signal is over without one, and the definition has the saga compensate.
   */
  boolean isSilence() {
    return step().plan() instanceof AwaitPlan && end instanceof AttemptEnd.Unanswered;
  }

  /** Whether the definition has refused; a refusal whose function threw has not. */
  boolean isRefusal() {
    return step().plan() instanceof RefusalPlan && end instanceof AttemptEnd.Permanent;
  }

  /** Whether the code or its participant said no, and the saga compensates because of it. */
  boolean isPermanentFailure() {
    return direction() == Direction.ACTION
        && step().position() != Position.RETRIABLE
        && verdict.status() == LogStatus.FAILED
        && (end instanceof AttemptEnd.Permanent || end instanceof AttemptEnd.Disproved);
  }

  /** Whether the saga has it: a commit may have said more, as that no attempt will follow. */
  boolean isIn(HeldSaga held) {
    return held.state()
        .entry(path(), direction())
        .filter(
            entry ->
                entry.attempt() > attempt()
                    || (entry.attempt() == attempt()
                        && (entry.status() == verdict.status() || entry.status().isFinal())))
        .isPresent();
  }
}
