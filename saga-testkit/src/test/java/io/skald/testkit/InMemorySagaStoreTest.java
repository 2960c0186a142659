package io.skald.testkit;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.SagaStore;
import java.time.Duration;
import java.util.List;

/** The contract, on the store in memory. */
class InMemorySagaStoreTest extends SagaStoreContract {
  private final ManualClock clock = ManualClock.standing();
  private final InMemorySagaStore store = new InMemorySagaStore(clock);

  @Override
  protected SagaStore store() {
    return store;
  }

  @Override
  protected void elapse(Duration duration) {
    clock.advance(duration);
  }

  @Override
  protected List<Amendment.Audit> audits() {
    return store.audits();
  }

  @Override
  protected List<LockRow> locks() {
    return store.locks();
  }
}
