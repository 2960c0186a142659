package io.skald.engine.runtime;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Lane;
import io.skald.saga.SagaDefinition;

/** Which lane a saga is in. Pure. */
final class Lanes {
  private Lanes() {}

  static Lane of(SagaDefinition<?, ?> definition, SagaState state) {
    return SagaMachine.isOneWay(definition, state) ? Lane.URGENT : Lane.ORDINARY;
  }
}
