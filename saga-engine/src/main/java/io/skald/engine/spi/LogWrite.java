package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A log row to be written, new or in place of the one that is there.
 *
 * @param path where the step stands
 * @param direction which {@link Direction} of the step
 * @param stepName the step's name
 * @param seq the order of recording
 * @param status what to record
 * @param attempt the last attempt, from 1; 0 if none was made
 * @param attemptBase how many attempts had been made when the budget was last renewed
 * @param decision what was decided there, at most 100 characters; null for nothing, also where
 *     something else was decided before
 * @param payload the encoded result
 * @param error what the attempt said, sanitised and at most 8 KiB
 * @param retryAfter how long until the next attempt, always with {@code RETRYING}; how long until
 *     the wait ends, if it does by itself, with {@code WAITING}
 * @param replaces what must be there now; null if nothing may be
 */
public record LogWrite(
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
    @Nullable Duration retryAfter,
    @Nullable Replaced replaces) {

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "LogWrite[%s of %s, seq=%d, %s, attempt %d, base %d, decision=%s, payload=%s, error=%s, retryAfter=%s, replaces=%s]"
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
            retryAfter,
            replaces);
  }

  /**
   * What a row must say to be replaced.
   *
   * @param status its status
   * @param attempt its last attempt
   */
  public record Replaced(LogStatus status, int attempt) {}

  /**
   * The row as it stands when it was written where there was none.
   *
   * @param node who wrote it; null if no node did
   * @param at when
   */
  public LogRow written(@Nullable NodeId node, Instant at) {
    return new LogRow(
        path,
        direction,
        stepName,
        seq,
        status,
        attempt,
        attemptBase,
        decision,
        payload,
        error,
        node,
        at,
        retryAfter == null ? null : at.plus(retryAfter),
        status.isFinal() ? at : null);
  }

  /**
   * The same row, in place of another.
   *
   * @param other what must be there now; null if nothing may be
   */
  public LogWrite replacing(@Nullable Replaced other) {
    return new LogWrite(
        path,
        direction,
        stepName,
        seq,
        status,
        attempt,
        attemptBase,
        decision,
        payload,
        error,
        retryAfter,
        other);
  }
}
