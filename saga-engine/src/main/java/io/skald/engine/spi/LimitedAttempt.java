package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;

/**
 * An attempt behind a limit of the fleet: what asks for a permit, and waits if there is none.
 *
 * @param saga the saga
 * @param path which step of it
 * @param direction which {@link Direction} of the step
 * @param lane where it queues: what is urgent comes first, whatever has waited for longer
 */
public record LimitedAttempt(SagaId saga, String path, Direction direction, Lane lane) {}
