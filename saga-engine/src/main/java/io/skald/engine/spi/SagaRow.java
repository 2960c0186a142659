package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.internal.Masked;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code saga}. Times are the database's.
 *
 * @param id the saga
 * @param definition what it runs, as it was when the saga was started
 * @param businessKey unique per definition name
 * @param attributes what else it can be found by
 * @param parent where another saga started it; null if none did
 * @param tokenKey a secret of its own, from which its one-time tokens are derived
 * @param status where it stands
 * @param owner the node that runs it; null while it waits
 * @param epoch grows whenever the right to write changes hands
 * @param wakeAt when it is due for a claim; null if it never is by itself
 * @param lane in which lane it is due; while a node runs it, it may be behind
 * @param deadlineAt when its deadline passes
 * @param cancelRequestedAt when an operator asked for the end of the forward path
 * @param turnedAroundAt when it began to compensate
 * @param crashCount how many owners died in a row without bringing a step to an end
 * @param input the encoded input
 * @param inputDigest the digest of the input before any encryption
 * @param output the encoded result, once completed
 * @param error why it compensates, is stuck, or was resolved
 * @param createdAt when it was started
 * @param finishedAt when it ended
 * @param erasedAt when what was stored of it was erased; null if it was not
 */
public record SagaRow(
    SagaId id,
    DefinitionRef definition,
    String businessKey,
    Map<String, String> attributes,
    @Nullable Parent parent,
    UUID tokenKey,
    SagaStatus status,
    @Nullable NodeId owner,
    long epoch,
    @Nullable Instant wakeAt,
    Lane lane,
    @Nullable Instant deadlineAt,
    @Nullable Instant cancelRequestedAt,
    @Nullable Instant turnedAroundAt,
    int crashCount,
    String input,
    String inputDigest,
    @Nullable String output,
    @Nullable SagaError error,
    Instant createdAt,
    @Nullable Instant finishedAt,
    @Nullable Instant erasedAt) {
  /** Copies the attributes. */
  public SagaRow {
    attributes = Map.copyOf(attributes);
  }

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "SagaRow[%s, id=%s, businessKey=%s, attributes=%s, parent=%s, %s, owner=%s, epoch=%d, wakeAt=%s, lane=%s, deadlineAt=%s, crashCount=%d, input=%s, output=%s, error=%s, finishedAt=%s]"
        .formatted(
            definition,
            id,
            businessKey,
            attributes.keySet(),
            parent,
            status,
            owner,
            epoch,
            wakeAt,
            lane,
            deadlineAt,
            crashCount,
            Masked.payload(input),
            Masked.payload(output),
            error,
            finishedAt);
  }
}
