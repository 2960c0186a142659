package io.skald.saga.view;

import io.skald.saga.SagaId;
import io.skald.saga.internal.Masked;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A saga in a list: where it stood when it was read, without its history. Holds no payload; its
 * error is the text of an exception, which may quote anything: {@code toString} leaves out what it
 * said, and what the attributes are. All instants are by the database's clock. Immutable.
 *
 * @param id the saga
 * @param definition the definition's name
 * @param version the definition's version
 * @param businessKey the business key
 * @param attributes what else it can be found by
 * @param parent the saga that started it, if it is a step of another saga
 * @param status where it stands
 * @param step the path of the step that waits, or that an attempt was recorded of; else that of the
 *     step its error is about
 * @param error why it compensates, is stuck or was resolved; else what the last attempt at {@code
 *     step} that failed said
 * @param errorFingerprint a digest of the kind of that error and the name of the step it is about:
 *     the same for all that fail in the same way there, whatever was said; empty for an operator's
 *     words
 * @param dueAt when it goes on by itself, if nobody runs it now
 * @param createdAt when it was started
 * @param changedAt when it was last claimed, parked, turned around or ended, or an operator changed
 *     it
 * @param finishedAt when it ended
 */
public record SagaSummary(
    SagaId id,
    String definition,
    int version,
    String businessKey,
    Map<String, String> attributes,
    Optional<SagaId> parent,
    SagaStatus status,
    Optional<String> step,
    Optional<String> error,
    Optional<String> errorFingerprint,
    Optional<Instant> dueAt,
    Instant createdAt,
    Instant changedAt,
    Optional<Instant> finishedAt) {
  /** Copies what could change. */
  public SagaSummary {
    attributes = Map.copyOf(attributes);
  }

  /** For logs: without attributes, and without what was said. */
  @Override
  public String toString() {
    return "SagaSummary[%s %d, id=%s, businessKey=%s, %s, step=%s, error=%s, errorFingerprint=%s]"
        .formatted(
            definition,
            version,
            id,
            businessKey,
            status,
            step,
            error.map(Masked::said),
            errorFingerprint);
  }
}
