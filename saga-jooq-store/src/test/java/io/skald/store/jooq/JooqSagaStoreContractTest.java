package io.skald.store.jooq;

import io.skald.engine.spi.SagaStore;
import io.skald.testkit.SagaStoreContract;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;

/** The contract, on real PostgreSQL. */
class JooqSagaStoreContractTest extends SagaStoreContract {
  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();

  @AfterEach
  void close() {
    database.close();
  }

  @Override
  protected SagaStore store() {
    return store;
  }

  @Override
  protected void elapse(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
