package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code saga_signal} that nothing has consumed yet.
 *
 * @param id the signal
 * @param name what is signalled; with {@code @} first the completion of one wait
 * @param payload the encoded value
 * @param error why there is no value
 * @param sentAt when it was sent, by the database's clock
 */
public record SignalRow(
    UUID id, String name, @Nullable String payload, @Nullable String error, Instant sentAt) {
  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "SignalRow[%s, name=%s, payload=%s, error=%s, sentAt=%s]"
        .formatted(id, name, Masked.payload(payload), Masked.said(error), sentAt);
  }
}
