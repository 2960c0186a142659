package io.skald.engine.spi;

import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.internal.Masked;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A signal to be sent. It is addressed by what a saga is started with, so it may come first.
 *
 * @param id its identity: sent again with the same one, it is there already
 * @param definition the name of the definition
 * @param businessKey the saga's key
 * @param name what is signalled; with {@code @} first the completion of one wait: there is at most
 *     one of that name for each saga, ever; with {@code ~} first a sign of life of whoever has its
 *     work, or, by the store itself, {@link Parent#signal}. What follows is a {@link WaitPoint}
 * @param payload the encoded value
 * @param error why there is no value, sanitised and at most 8 KiB
 */
public record NewSignal(
    UUID id,
    String definition,
    String businessKey,
    String name,
    @Nullable String payload,
    @Nullable String error) {

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "NewSignal[%s, %s, businessKey=%s, name=%s, payload=%s, error=%s]"
        .formatted(id, definition, businessKey, name, Masked.payload(payload), Masked.said(error));
  }

  /** Whether it is said of one step, by token: of {@link #point}. */
  public boolean isOfStep() {
    return SignalName.isCompletion(name) || SignalName.isNews(name);
  }

  /** What it is said for, if it is said of one step. */
  public WaitPoint point() {
    return SignalName.pointOf(name);
  }
}
