package io.skald.saga.view;

import io.skald.saga.SagaId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A saga as it stood when it was read: what happened, what is next and when, and who can unblock
 * it. Holds no payload; its reasons and errors are texts of exceptions. All instants are by the
 * database's clock. Immutable.
 *
 * @param id the saga
 * @param definition the definition's name
 * @param version the definition's version
 * @param businessKey the business key
 * @param attributes what else it can be found by
 * @param status where it stands
 * @param reason why it compensates, is stuck, or was resolved
 * @param next what happens next, in plain words
 * @param nextAt when that is due; empty for "now" and for "never by itself"
 * @param createdAt when it was started
 * @param deadlineAt when its deadline passes
 * @param isOverdue whether it has not ended, whatever it does, though its deadline has passed;
 *     judged when it was read
 * @param finishedAt when it ended
 * @param steps what is recorded of its steps, in the order they were recorded
 * @param pendingSignals signals that were sent to it and that no wait has taken, in the order they
 *     were sent, of each name the first 100; of a saga that has ended, those that nobody claims
 */
public record SagaView(
    SagaId id,
    String definition,
    int version,
    String businessKey,
    Map<String, String> attributes,
    SagaStatus status,
    Optional<String> reason,
    String next,
    Optional<Instant> nextAt,
    Instant createdAt,
    Optional<Instant> deadlineAt,
    boolean isOverdue,
    Optional<Instant> finishedAt,
    List<StepView> steps,
    List<SignalView> pendingSignals) {
  /** Copies what could change. */
  public SagaView {
    attributes = Map.copyOf(attributes);
    steps = List.copyOf(steps);
    pendingSignals = List.copyOf(pendingSignals);
  }

  /**
   * A signal that no wait has taken.
   *
   * @param name the signal's name
   * @param sentAt when it was sent
   */
  public record SignalView(String name, Instant sentAt) {}

  /**
   * What is recorded of one step in one direction.
   *
   * @param path where the step stands; its name for a plain step
   * @param direction action or compensation
   * @param status what is recorded
   * @param attempt the last attempt, from 1; 0 if none was made
   * @param error what the last attempt that failed said; it stays when a later one succeeds
   * @param createdAt when it was first recorded
   * @param finishedAt when no further attempt was to follow
   */
  public record StepView(
      String path,
      Direction direction,
      LogStatus status,
      int attempt,
      Optional<String> error,
      Instant createdAt,
      Optional<Instant> finishedAt) {}
}
