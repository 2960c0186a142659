package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The row of a message: inserted before anything is done, or found. The insert waits at the primary
 * key for whoever handles the same message, until that transaction has ended.
 */
final class ReceiveMessage {
  /**
   * The driver sends BEGIN as a message of its own and does not wait for the answer. Where BEGIN is
   * cancelled the insert would be done and committed by itself, and the message be taken for
   * handled. Outside of a transaction a savepoint is an error, and what is sent in one round trip
   * with it is not done.
   */
  static final String IN_A_TRANSACTION =
      """
      savepoint skald_inbox;
      release savepoint skald_inbox;
      """;

  static final String INSERT =
      """
      insert into skald.saga_inbox (consumer, message_id, digest)
      values (?, ?, ?)
      on conflict do nothing
      """;

  /**
   * By saga_inbox_pkey. A statement of its own: what was committed while the insert waited is not
   * in the snapshot of that.
   */
  static final String LOOK =
      """
      select i.digest
      from skald.saga_inbox i
      where i.consumer = ?
        and i.message_id = ?
      """;

  /** By saga_inbox_pkey. */
  static final String MARK =
      """
      update skald.saga_inbox
      set conflict_count = conflict_count + 1,
          conflict_digest = ?,
          conflict_at = clock_timestamp()
      where consumer = ?
        and message_id = ?
      """;

  private static final int LOOKS_MAX = 10;

  private final String insert;
  private final String look;
  private final String mark;

  ReceiveMessage(SqlText text) {
    this.insert = text.render(IN_A_TRANSACTION + INSERT);
    this.look = text.render(LOOK);
    this.mark = text.render(MARK);
  }

  /** {@link Receipt#HANDLED} if the message comes for the first time, and is to be handled now. */
  Receipt receive(Connection connection, Delivery delivery) throws SQLException {
    for (int turn = 0; turn < LOOKS_MAX; turn++) {
      if (insert(connection, delivery)) {
        return Receipt.HANDLED;
      }
      Optional<Receipt> before = look(connection, delivery);
      if (before.isPresent()) {
        return before.get();
      }
      // purged since: it comes for the first time again
    }
    throw new SagaStoreException(
        "A message comes and goes", SagaStoreException.Kind.TRANSIENT, null);
  }

  private boolean insert(Connection connection, Delivery delivery) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      new Binds(statement)
          .text(delivery.consumer())
          .text(delivery.messageId())
          .bytes(delivery.digest());
      statement.execute();
      statement.getMoreResults();
      statement.getMoreResults();
      return statement.getUpdateCount() == 1;
    }
  }

  private Optional<Receipt> look(Connection connection, Delivery delivery) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(look)) {
      new Binds(statement).text(delivery.consumer()).text(delivery.messageId());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        return delivery.hasDigest(row.getBytes(1))
            ? Optional.of(Receipt.DUPLICATE)
            : mark(connection, delivery);
      }
    }
  }

  private Optional<Receipt> mark(Connection connection, Delivery delivery) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(mark)) {
      new Binds(statement)
          .bytes(delivery.digest())
          .text(delivery.consumer())
          .text(delivery.messageId());
      return statement.executeUpdate() == 1 ? Optional.of(Receipt.CONFLICT) : Optional.empty();
    }
  }
}
