package io.skald.engine.spi;

import java.time.Instant;
import java.util.UUID;

/**
 * A signal that nothing has consumed and nothing will, as things are: its saga has ended, or there
 * is none.
 *
 * @param id the signal
 * @param definition the name of the definition it was sent to
 * @param businessKey the key it was sent to
 * @param name what is signalled
 * @param since from when on nothing would consume it, by the database's clock: when it was routed,
 *     or its saga ended, whichever came later
 */
public record UnclaimedSignal(
    UUID id, String definition, String businessKey, String name, Instant since) {}
