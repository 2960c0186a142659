package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.internal.Masked;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A saga to be inserted.
 *
 * @param id its identity
 * @param definition what it runs
 * @param businessKey unique per definition name
 * @param attributes what else it can be found by
 * @param input the encoded input
 * @param inputDigest the digest of the input before any encryption
 * @param deadline how long from now until its deadline passes
 * @param owner the node that runs it from its insert on; null to insert it unowned and due
 * @param parent where another saga starts it; null if none does
 * @param lane in which lane it is due; once urgent, always urgent
 */
public record NewSaga(
    SagaId id,
    DefinitionRef definition,
    String businessKey,
    Map<String, String> attributes,
    String input,
    String inputDigest,
    @Nullable Duration deadline,
    @Nullable NodeId owner,
    @Nullable Parent parent,
    Lane lane) {
  /** Copies the attributes. */
  public NewSaga {
    attributes = Map.copyOf(attributes);
  }

  /** The same saga, in that lane from its insert on. */
  public NewSaga withLane(Lane other) {
    return new NewSaga(
        id,
        definition,
        businessKey,
        attributes,
        input,
        inputDigest,
        deadline,
        owner,
        parent,
        other);
  }

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "NewSaga[%s, id=%s, businessKey=%s, attributes=%s, input=%s, deadline=%s, owner=%s, parent=%s, lane=%s]"
        .formatted(
            definition,
            id,
            businessKey,
            attributes.keySet(),
            Masked.payload(input),
            deadline,
            owner,
            parent,
            lane);
  }
}
