package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Verdict;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import org.jspecify.annotations.Nullable;

/**
 * What is to be recorded of an attempt.
 *
 * @param step the step
 * @param direction action or compensation
 * @param attempt the attempt's number, from 1
 * @param verdict what its end means
 * @param payload the encoded result, of an action that succeeded
 * @param error what it said, if it failed
 * @param end how it ended; null where no attempt did
 */
record Recording(
    PlacedStep step,
    Direction direction,
    int attempt,
    Verdict verdict,
    @Nullable String payload,
    @Nullable String error,
    @Nullable AttemptEnd end) {

  static Recording success(
      PlacedStep step, Direction direction, int attempt, @Nullable String payload) {
    return new Recording(
        step,
        direction,
        attempt,
        new Verdict(LogStatus.SUCCEEDED, null),
        payload,
        null,
        new AttemptEnd.Succeeded());
  }

  /** The intent of an attempt that must not be repeated. */
  static Recording intent(PlacedStep step, int attempt) {
    return new Recording(
        step, Direction.ACTION, attempt, new Verdict(LogStatus.STARTED, null), null, null, null);
  }

  /** Whether the code or its participant said no, and the saga compensates because of it. */
  boolean isRefusal() {
    return direction == Direction.ACTION
        && step.position() != Position.RETRIABLE
        && verdict.status() == LogStatus.FAILED
        && (end instanceof AttemptEnd.Refused || end instanceof AttemptEnd.Disproved);
  }
}
