package io.skald.store.jooq;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Makes a commit in doubt certain by a write. The update waits for a commit whose fence has run,
 * and every fence that has not run yet fails from then on. Only a second statement sees what was
 * committed during the wait; the three statements travel together.
 */
final class SettleSaga {
  private static final String SETTLE =
      """
      set local lock_timeout = '10s';
      update skald.saga s
      set epoch = s.epoch + 1,
        updated_at = clock_timestamp()
      where s.id = ?
        and s.owner is not distinct from ?
      returning %s, clock_timestamp();
      select %s
      from skald.saga_log l
      where l.saga_id = ?
      order by l.seq
      """
          .formatted(Rows.SAGA_COLUMNS.strip(), Rows.LOG_COLUMNS.strip());

  private final Transactions transactions;
  private final String settle;

  SettleSaga(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.settle = text.renderWithCommit(SETTLE);
  }

  Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return transactions.run("Settling " + saga, connection -> settle(connection, saga, owner));
  }

  private Optional<SagaSnapshot> settle(Connection connection, SagaId saga, NodeId owner)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(settle)) {
      new Binds(statement).uuid(saga.value()).uuid(owner.value()).uuid(saga.value());
      statement.execute();
      statement.getMoreResults();
      return Rows.snapshot(statement);
    }
  }
}
