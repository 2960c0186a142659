package io.skald.engine.runtime;

import io.skald.engine.spi.SagaError;
import io.skald.saga.view.SagaStatus;

/**
 * Commits what there is to record of a saga, each time with what the machine makes of it. Confined
 * to the thread that runs the saga.
 */
final class Recorder {
  private final OwnedSaga owned;
  private final Drafter drafter;

  Recorder(OwnedSaga owned, Drafter drafter) {
    this.owned = owned;
    this.drafter = drafter;
  }

  Written record(Recording recording) throws InterruptedException {
    return owned.commit(held -> drafter.draft(held, recording), recording::isIn);
  }

  /** The drafter asks the machine, too, and knows what to commit. */
  void move() throws InterruptedException {
    SagaStatus before = owned.held().state().status();
    owned.commit(held -> drafter.draft(held, null), held -> held.state().status() != before);
  }

  /** Leaves the saga stuck, whatever the machine would decide. */
  void stick(SagaError error) throws InterruptedException {
    owned.commit(
        held -> drafter.stuck(held, error), held -> held.state().status() == SagaStatus.STUCK);
  }
}
