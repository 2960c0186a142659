package io.skald.testkit;

import io.skald.engine.spi.SagaStore;
import java.time.Duration;

/** The contract, on the store in memory. */
class InMemorySagaStoreTest extends SagaStoreContract {
  private final ManualClock clock = ManualClock.standing();
  private final SagaStore store = new InMemorySagaStore(clock);

  @Override
  protected SagaStore store() {
    return store;
  }

  @Override
  protected void elapse(Duration duration) {
    clock.advance(duration);
  }
}
