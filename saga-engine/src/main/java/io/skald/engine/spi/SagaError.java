package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import org.jspecify.annotations.Nullable;

/**
 * Why a saga compensates, is stuck, or was resolved.
 *
 * @param step the step it is about
 * @param text why, sanitised and at most 8 KiB
 * @param actor who decided it, if a person did
 */
public record SagaError(@Nullable String step, String text, @Nullable String actor) {
  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "SagaError[step=%s, text=%s, actor=%s]".formatted(step, Masked.said(text), actor);
  }
}
