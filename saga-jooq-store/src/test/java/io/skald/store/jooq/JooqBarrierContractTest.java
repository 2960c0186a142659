package io.skald.store.jooq;

import io.skald.saga.participant.Barrier;
import io.skald.testkit.BarrierContract;
import java.sql.Connection;
import java.sql.SQLException;

/** The contract, on real PostgreSQL. */
class JooqBarrierContractTest extends BarrierContract {
  private final BarrierDatabase database = new BarrierDatabase();

  @Override
  protected Barrier barrier() {
    return database.barrier();
  }

  @Override
  protected Connection connection() throws SQLException {
    return database.connection();
  }

  @Override
  protected void awaitWaiting(int calls) {
    database.awaitWaiting(calls);
  }

  @Override
  protected void close() {
    database.close();
  }
}
