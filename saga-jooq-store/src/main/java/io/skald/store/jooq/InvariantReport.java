package io.skald.store.jooq;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How an {@link Invariant} stands, whichever node has checked it. All times are the database's.
 * Immutable.
 *
 * @param name the invariant
 * @param definition the definition whose sagas the business keys are of
 * @param checkedAt when a check was answered last; empty if none was yet
 * @param took how long that check took
 * @param confirmed how many violations it confirmed; the value of the gauge
 * @param seenOnce how many it found that the check before did not
 * @param inFlight how many it found whose saga was in flight
 * @param isCapped whether there were more than are kept: the three numbers are lower bounds then
 * @param failedAt when a check failed, if that was after the last answer
 * @param error why, in words for people; holds no value of any row
 * @param dueAt when it is checked next; while it is being checked, when another node may take over
 * @param readAt when this was read
 */
public record InvariantReport(
    String name,
    String definition,
    Optional<Instant> checkedAt,
    Optional<Duration> took,
    int confirmed,
    int seenOnce,
    int inFlight,
    boolean isCapped,
    Optional<Instant> failedAt,
    Optional<String> error,
    Instant dueAt,
    Instant readAt) {
  private static final Duration OVERDUE = Duration.ofMinutes(2);

  /**
   * Whether it has been due for more than two minutes and nobody has checked it: no live node has
   * it, or what they have to check is too much for them.
   */
  public boolean isOverdue() {
    return dueAt.plus(OVERDUE).isBefore(readAt);
  }
}
