package io.skald.store.jooq;

import io.skald.engine.spi.SagaStore;

/** The contract, on real PostgreSQL. */
class JooqSagaStoreContractTest extends PostgresContract {
  @Override
  SagaStore storeOn(TestDatabase migrated) {
    return migrated.store();
  }
}
