package io.skald.saga.participant;

import io.skald.saga.step.Tx;
import java.sql.Connection;

/**
 * Publishes messages as part of a transaction: a message is sent if and only if the transaction it
 * was published in commits, at least once, and those of one key in the order of their transactions
 * as long as these do not overlap. Publishing adds one statement to the transaction, and nothing
 * that outlasts it. Safe for use by several threads.
 */
public interface Outbox {

  /**
   * Publishes in the transaction of a connection, which the caller commits.
   *
   * @throws IllegalArgumentException if autocommit is on, or this outbox has no such topic
   * @throws io.skald.saga.error.SagaStoreException if the database refuses; the transaction has
   *     failed then
   */
  void publish(Connection connection, Message message);

  /**
   * Publishes with a local step: if and only if the step is recorded.
   *
   * @throws IllegalArgumentException if this outbox has no such topic
   * @throws io.skald.saga.error.SagaStoreException if the database refuses
   */
  default void publish(Tx transaction, Message message) {
    publish(transaction.connection(), message);
  }

  /**
   * Publishes in the transaction that is active on this thread.
   *
   * @throws IllegalStateException if none is, as far as this outbox can tell
   * @throws IllegalArgumentException if this outbox has no such topic
   * @throws io.skald.saga.error.SagaStoreException if the database refuses
   */
  void publish(Message message);
}
