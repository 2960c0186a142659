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
 * committed during the wait; the statements travel together.
 *
 * <p>A saga of a status that a later version wrote is given up before: its owner cannot run it, and
 * as long as that one lives nobody else may.
 */
final class SettleSaga {
  private static final String SETTLE =
      """
      set local lock_timeout = '10s';
      update skald.saga s
      set owner = null,
        wake_at = clock_timestamp(),
        epoch = s.epoch + 1,
        updated_at = clock_timestamp()
      where s.id = ?
        and s.owner is not distinct from ?
        and s.finished_at is null
        and not %s;
      update skald.saga s
      set epoch = s.epoch + 1,
        updated_at = clock_timestamp()
      where s.id = ?
        and s.owner is not distinct from ?
        and %s
      returning %s, clock_timestamp();
      select %s
      from skald.saga_log l
      where l.saga_id = ?
      order by l.seq
      """
          .formatted(
              KnownWords.SAGA, KnownWords.RUN, Rows.SAGA_COLUMNS.strip(), Rows.LOG_COLUMNS.strip());

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
      new Binds(statement)
          .uuid(saga.value())
          .uuid(owner.value())
          .uuid(saga.value())
          .uuid(owner.value())
          .uuid(saga.value());
      statement.execute();
      // past the time to wait, and what is given up
      statement.getMoreResults();
      statement.getMoreResults();
      return Rows.snapshot(statement);
    }
  }
}
