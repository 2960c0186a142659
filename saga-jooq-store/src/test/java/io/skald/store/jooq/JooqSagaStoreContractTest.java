package io.skald.store.jooq;

import io.skald.engine.spi.SagaStore;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The contract, on real PostgreSQL. */
// one test after another; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("JooqSagaStoreContractTest")
class JooqSagaStoreContractTest extends PostgresContract {
  @Override
  SagaStore storeOn(TestDatabase migrated) {
    return migrated.store();
  }
}
