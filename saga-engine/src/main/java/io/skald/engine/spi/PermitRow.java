package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A permit that a saga has or waits for. Times are the database's.
 *
 * @param key what it is for
 * @param saga whose it is, or is to be
 * @param place what it is for within the saga; empty for as long as it lives
 * @param since when it was asked for
 * @param heldAt since when the saga has it; null while it waits
 */
public record PermitRow(
    LockKey key, SagaId saga, String place, Instant since, @Nullable Instant heldAt) {}
