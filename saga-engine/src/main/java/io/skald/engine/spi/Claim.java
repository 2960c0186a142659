package io.skald.engine.spi;

import org.jspecify.annotations.Nullable;

/**
 * A saga this node owns from now on.
 *
 * @param snapshot the saga and its log, read after the claim
 * @param deadOwner the node it was taken from; null if nobody owned it
 */
public record Claim(SagaSnapshot snapshot, @Nullable NodeId deadOwner) {}
