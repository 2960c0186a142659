package io.skald.saga.view;

import io.skald.saga.SagaId;
import io.skald.saga.internal.Masked;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A saga as it stood when it was read: what happened, what is next and when, and who can unblock
 * it. Holds no payload; its reasons and errors are texts of exceptions, which may quote anything:
 * {@code toString} leaves out what they said, and what the attributes are. All instants are by the
 * database's clock. Immutable.
 *
 * @param id the saga
 * @param definition the definition's name
 * @param version the definition's version
 * @param businessKey the business key
 * @param attributes what else it can be found by
 * @param parent what started it, if it is a step of another saga
 * @param status where it stands
 * @param reason why it compensates, is stuck, or was resolved
 * @param next what happens next, in plain words
 * @param nextAt when that is due; empty for "now" and for "never by itself", as the end of another
 *     saga is
 * @param createdAt when it was started
 * @param deadlineAt when its deadline passes
 * @param isOverdue whether it has not ended, whatever it does, though its deadline has passed;
 *     judged when it was read
 * @param finishedAt when it ended
 * @param erasedAt when an operator erased what was stored of it: attributes, reasons and errors are
 *     gone
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
    Optional<ParentView> parent,
    SagaStatus status,
    Optional<String> reason,
    String next,
    Optional<Instant> nextAt,
    Instant createdAt,
    Optional<Instant> deadlineAt,
    boolean isOverdue,
    Optional<Instant> finishedAt,
    Optional<Instant> erasedAt,
    List<StepView> steps,
    List<SignalView> pendingSignals) {
  /** Copies what could change. */
  public SagaView {
    attributes = Map.copyOf(attributes);
    steps = List.copyOf(steps);
    pendingSignals = List.copyOf(pendingSignals);
  }

  /** For logs: without attributes, and without what was said. */
  @Override
  public String toString() {
    return "SagaView[%s %d, id=%s, businessKey=%s, %s, reason=%s, next=%s, steps=%s, pendingSignals=%s]"
        .formatted(
            definition,
            version,
            id,
            businessKey,
            status,
            reason.map(Masked::said),
            next,
            steps,
            pendingSignals);
  }

  /**
   * What started a saga that is a step of another one.
   *
   * @param id the other saga
   * @param path the step there
   */
  public record ParentView(SagaId id, String path) {}

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
   * @param direction which {@link Direction} of the step
   * @param status what is recorded
   * @param attempt the last attempt, from 1; 0 if none was made
   * @param decision what was decided there, in words: which branch a choice takes, how many
   *     elements a {@code forEach} has, which saga was started, what is done though attempts are
   *     spent
   * @param child the saga this step started, if it is one
   * @param error what the last attempt that failed said; it stays when a later one succeeds
   * @param createdAt when it was first recorded
   * @param finishedAt when no further attempt was to follow
   */
  public record StepView(
      String path,
      Direction direction,
      LogStatus status,
      int attempt,
      Optional<String> decision,
      Optional<SagaId> child,
      Optional<String> error,
      Instant createdAt,
      Optional<Instant> finishedAt) {
    /** For logs: without what was said. */
    @Override
    public String toString() {
      return "StepView[%s of %s, %s, attempt %d, decision=%s, error=%s]"
          .formatted(direction, path, status, attempt, decision, error.map(Masked::said));
    }
  }
}
