package io.skald.engine.spi;

import java.time.Instant;
import java.util.UUID;

/**
 * A signal that nothing has consumed yet, without what it carries.
 *
 * @param id the signal
 * @param name what is signalled; with {@code @} first the completion of one wait
 * @param sentAt when it was sent, by the database's clock
 */
public record PendingSignal(UUID id, String name, Instant sentAt) {}
