package io.skald.saga.participant;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message that was given up, and what became of it since.
 *
 * @param position which one: what an operator retries or discards
 * @param message what was delivered
 * @param reason why it was given up: the simple names of exceptions and what they said, which may
 *     quote the message
 * @param attempts how often it was tried in all
 * @param status what became of it
 * @param failedAt when it was given up last, by the database's clock
 * @param decisionOrNull what an operator decided last; null if nobody has
 */
public record DeadLetter(
    long position,
    DeadMessage message,
    String reason,
    int attempts,
    Status status,
    Instant failedAt,
    @Nullable Decision decisionOrNull) {

  /** What becomes of a message that was given up. */
  public enum Status {
    /** It waits for an operator. */
    DEAD,
    /** An operator wants it tried again; its consumer will. */
    RETRYING,
    /** It was handled after all. */
    HANDLED,
    /** An operator has given it up for good. */
    DISCARDED
  }

  /**
   * What an operator decided.
   *
   * @param actor who
   * @param reason why
   * @param decidedAt when, by the database's clock
   */
  public record Decision(String actor, String reason, Instant decidedAt) {
    /** Checks that everything is there. */
    public Decision {
      Objects.requireNonNull(actor, "actor");
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(decidedAt, "decidedAt");
    }
  }

  /** Checks that everything is there. */
  public DeadLetter {
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(failedAt, "failedAt");
  }

  /** What an operator decided last; empty if nobody has. */
  public Optional<Decision> decision() {
    return Optional.ofNullable(decisionOrNull);
  }

  /** Which message it is, without what it says and why it failed. */
  @Override
  public String toString() {
    return "dead letter " + position + " of " + message + ", " + status;
  }
}
