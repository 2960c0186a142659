package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A lock that a saga has or waits for. Times are the database's.
 *
 * @param lock which lock
 * @param saga whose it is, or is to be
 * @param root the first saga of its family, at whose end it is given back; the saga itself, if
 *     nobody started it
 * @param since since when it has been waited for
 * @param heldAt since when the saga has it; null while it waits
 */
public record LockRow(
    LockKey lock, SagaId saga, SagaId root, Instant since, @Nullable Instant heldAt) {}
