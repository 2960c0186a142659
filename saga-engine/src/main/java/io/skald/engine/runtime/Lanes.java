package io.skald.engine.runtime;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Lane;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;

/** Which lane a saga is in. Pure. */
final class Lanes {
  private Lanes() {}

  /**
   * Urgent if it was found so, which it stays whatever it does: a saga that is started by one past
   * its pivot is as urgent as that one, which waits for it.
   */
  static Lane of(SagaDefinition<?, ?> definition, HeldSaga held) {
    return held.about().lane() == Lane.URGENT ? Lane.URGENT : of(definition, held.state());
  }

  /** The lane of a saga that was not urgent when it was found. */
  static Lane of(SagaDefinition<?, ?> definition, SagaState state) {
    return SagaMachine.isOneWay(definition, state) ? Lane.URGENT : Lane.ORDINARY;
  }

  /** The lane of one attempt: what has to be made goes before what may yet be called off. */
  static Lane of(HeldSaga held, Place place) {
    boolean mayBeCalledOff =
        place.direction() == Direction.ACTION && place.step().position() != Position.RETRIABLE;
    return mayBeCalledOff ? held.about().lane() : Lane.URGENT;
  }
}
