package io.skald.engine.machine;

import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of one step in one direction, as far as it matters for what comes next.
 *
 * @param path where the step stands; its name for a plain step
 * @param direction which {@link Direction} of the step
 * @param seq the order of recording within the saga, from 1
 * @param status what is recorded
 * @param attempt the last attempt, from 1; 0 if none was made
 * @param attemptBase how many attempts had been made when the budget was last renewed
 * @param retryAt when the next attempt is due, or a wait is over; null unless the status is {@code
 *     RETRYING} or {@code WAITING}
 * @param decided what was decided: the name of the branch a choice took, empty for none, or the
 *     number of elements of a {@code forEach}, or the saga that was started, or the end of a wait
 *     that signs of life prolong, or what follows from spent attempts; null for most steps
 */
public record Entry(
    String path,
    Direction direction,
    int seq,
    LogStatus status,
    int attempt,
    int attemptBase,
    @Nullable Instant retryAt,
    @Nullable String decided) {
  /** Decided of a step whose attempts were spent: the saga goes on. */
  static final String GO_ON = "go on";

  /** Decided of a step whose attempts were spent: an operator decides. */
  static final String ASK_OPERATOR = "ask operator";

  /** What was decided there. */
  public Optional<Decided> decision() {
    return Optional.ofNullable(decided).map(Decided::new);
  }

  /** When this wait is over, whatever signs of life come; empty for what waits for none. */
  public Optional<Instant> waitEnd() {
    return status == LogStatus.WAITING ? decision().flatMap(Decided::waitEnd) : Optional.empty();
  }

  /** What stays decided, though the step goes on: which saga it started is not forgotten. */
  public @Nullable String decidedForGood() {
    return decision().flatMap(Decided::child).isPresent() ? decided : null;
  }

  /** How many attempts of the budget are spent. */
  int spent() {
    return attempt - attemptBase;
  }

  /** Whether an operator gave the whole budget once more, and no attempt was recorded since. */
  boolean isRenewed() {
    return attempt > 0 && spent() == 0;
  }

  /** What a token is for that the next attempt gives away, or the last one gave. */
  WaitPoint waitPoint() {
    return new WaitPoint(path, attemptBase);
  }

  /** This entry with another time of the next attempt, or of the end of the wait. */
  public Entry dueAt(Instant time) {
    return new Entry(path, direction, seq, status, attempt, attemptBase, time, decided);
  }

  /** This entry once no further attempt will be made. */
  Entry givenUpAs(LogStatus last) {
    return new Entry(path, direction, seq, last, attempt, attemptBase, null, decided);
  }

  /** Whether the step took effect, or the definition or an operator said to go on as if it had. */
  boolean isPassed() {
    return status == LogStatus.SUCCEEDED || status == LogStatus.SKIPPED || isGoneOn();
  }

  /** Whether its attempts were spent, and the definition said to go on all the same. */
  public boolean isGoneOn() {
    return status.isFinal() && GO_ON.equals(decided);
  }

  /** Whether its attempts were spent, and the definition said that an operator decides. */
  public boolean isForOperator() {
    return status.isFinal() && ASK_OPERATOR.equals(decided);
  }
}
