package io.skald.engine.spi;

import io.skald.saga.SagaId;
import java.util.Optional;

/**
 * What a look for locks that nobody has any more came to.
 *
 * @param count how many were given back
 * @param next after which saga to go on looking; empty if the look came to the end
 */
public record FreedLocks(int count, Optional<SagaId> next) {}
