package io.skald.testkit;

import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A lock that a saga has or waits for, as a store keeps it.
 *
 * @param key what it is for
 * @param saga whose it is, or is to be
 * @param since when it was asked for
 * @param heldAt since when the saga has it; null while it waits
 */
public record LockRow(LockKey key, SagaId saga, Instant since, @Nullable Instant heldAt) {}
