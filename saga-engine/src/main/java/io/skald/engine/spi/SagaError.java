package io.skald.engine.spi;

import org.jspecify.annotations.Nullable;

/**
 * Why a saga compensates, is stuck, or was resolved.
 *
 * @param step the step it is about
 * @param text why, sanitised and at most 8 KiB
 * @param actor who decided it, if a person did
 */
public record SagaError(@Nullable String step, String text, @Nullable String actor) {}
