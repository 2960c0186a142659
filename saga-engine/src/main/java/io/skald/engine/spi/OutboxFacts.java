package io.skald.engine.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * What is in the outbox.
 *
 * @param pending how many messages wait to be sent, those that wait for others of their key
 *     included
 * @param oldest how long the one of these that was published first has waited; empty if none waits
 * @param failed how many no broker will take, and an operator has to see to
 * @param relays how many relays are alive
 */
public record OutboxFacts(long pending, Optional<Duration> oldest, long failed, int relays) {}
