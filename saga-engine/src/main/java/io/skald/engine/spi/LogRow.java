package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code saga_log}: what is recorded of one step in one direction. Times are the
 * database's.
 *
 * @param path where the step stands; its name for a plain step
 * @param direction which {@link Direction} of the step
 * @param stepName the step's name
 * @param seq the order of recording within the saga, from 1
 * @param status what is recorded
 * @param attempt the last attempt, from 1; 0 if none was made
 * @param attemptBase how many attempts had been made when the budget was last renewed
 * @param decision what was decided there: the branch of a choice, the number of elements of a
 *     forEach
 * @param payload the encoded result: of a step that the saga went on from, the one it went on with
 * @param error what the last attempt that failed said
 * @param node the node that wrote the row last
 * @param createdAt when the row was first written
 * @param retryAt when the next attempt is due, or a wait ends
 * @param finishedAt when no further attempt was to follow
 */
public record LogRow(
    String path,
    Direction direction,
    String stepName,
    int seq,
    LogStatus status,
    int attempt,
    int attemptBase,
    @Nullable String decision,
    @Nullable String payload,
    @Nullable String error,
    @Nullable NodeId node,
    Instant createdAt,
    @Nullable Instant retryAt,
    @Nullable Instant finishedAt) {
  /** This row as it stands in another version of the definition. */
  public LogRow movedTo(
      String newPath, String newName, @Nullable String newDecision, @Nullable String newPayload) {
    return new LogRow(
        newPath,
        direction,
        newName,
        seq,
        status,
        attempt,
        attemptBase,
        newDecision,
        newPayload,
        error,
        node,
        createdAt,
        retryAt,
        finishedAt);
  }

  /** This row with nothing of what was stored for the application, or said. */
  public LogRow erased() {
    return new LogRow(
        path,
        direction,
        stepName,
        seq,
        status,
        attempt,
        attemptBase,
        decision,
        null,
        null,
        node,
        createdAt,
        retryAt,
        finishedAt);
  }

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "LogRow[%s of %s, seq=%d, %s, attempt %d, base %d, decision=%s, payload=%s, error=%s, node=%s, retryAt=%s]"
        .formatted(
            direction,
            path,
            seq,
            status,
            attempt,
            attemptBase,
            decision,
            Masked.payload(payload),
            Masked.said(error),
            node,
            retryAt);
  }
}
