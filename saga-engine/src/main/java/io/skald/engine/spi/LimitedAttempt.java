package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;

/**
 * An attempt behind a limit of the fleet: what asks for a permit, and waits if there is none.
 *
 * @param saga the saga
 * @param path which step of it
 * @param direction which {@link Direction} of the step
 * @param rank where it queues
 */
public record LimitedAttempt(SagaId saga, String path, Direction direction, Rank rank) {

  /** Who comes first, whatever has waited for longer. */
  public enum Rank {
    /** What brings a saga to its end that has to be brought there. */
    URGENT,
    /** What may yet be called off. */
    ORDINARY
  }
}
