package io.skald.store.jooq;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * A business key for which an {@link Invariant} did not hold when it was checked last. Immutable.
 *
 * @param businessKey what the query has answered
 * @param saga the saga of that definition and key; empty if there was none
 * @param status what became of that saga; empty if there is none any more, or a later version of
 *     the library wrote a status this one does not know
 * @param state how much it is worth
 * @param firstSeenAt since when it has been found in every check that was answered, by the
 *     database's clock
 * @param lastSeenAt when it was found last
 */
public record Violation(
    String businessKey,
    Optional<SagaId> saga,
    Optional<SagaStatus> status,
    State state,
    Instant firstSeenAt,
    Instant lastSeenAt) {
  /** From how many checks in a row on a violation is confirmed. */
  static final int CONFIRMED_AT = 2;

  /** How much a violation is worth. */
  public enum State {
    /** Its saga had not ended, and was not stuck: it may still put things right. */
    IN_FLIGHT,
    /** Found once. What was committed while the query ran may have been seen by halves. */
    SEEN_ONCE,
    /** Found in two checks in a row, and its saga is not at it: somebody has to look. */
    CONFIRMED;

    static State of(int seenCount) {
      if (seenCount >= CONFIRMED_AT) {
        return CONFIRMED;
      }
      return seenCount == 0 ? IN_FLIGHT : SEEN_ONCE;
    }
  }
}
