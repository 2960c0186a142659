package io.skald.saga.participant;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;

/**
 * Has each message change state at most once, however often it is delivered: its id is recorded
 * first, in the transaction of what it changes. Safe for use by several threads and processes.
 *
 * <pre>{@code
 * Receipt receipt =
 *     inbox.once(
 *         Delivery.of("billing", message.id(), message.body()),
 *         tx -> invoices.insert(tx.connection(), message));
 * }</pre>
 *
 * <p>Of several deliveries of one message at the same time one is first; the others wait until its
 * transaction has ended, and are duplicates if it has committed. A message is known again for as
 * long as its inbox keeps it, 7 days unless that was built otherwise, from when it was first
 * received; one that comes again later is handled again.
 */
public interface Inbox {

  /**
   * Does the work of a message unless it is done already, in a transaction that has committed when
   * this returns; in the active one where the inbox was given the application's transaction
   * manager, and then as {@link #once(Connection, Delivery, Work)}.
   *
   * <p>The work may be run several times, each time after it was rolled back, if another
   * transaction was in its way.
   *
   * @param delivery which message, and for whom
   * @param work what it changes; run unless the message was handled before
   * @throws X what the work throws: all of it is rolled back, and the message is as if it had never
   *     come
   * @throws SagaStoreException if the database fails. Have the message delivered again: should it
   *     have been handled after all, because nothing but the answer to the commit was lost, that
   *     delivery is a duplicate
   */
  <X extends Exception> Receipt once(Delivery delivery, Work<X> work) throws X;

  /**
   * Does the work of a message unless it is done already, in the caller's transaction: the message
   * is handled if and only if the caller commits. Until then every other delivery of it waits.
   *
   * <p>A transaction under REPEATABLE READ or SERIALIZABLE does not see what was committed since it
   * began: it has to be repeated, as the exception says, when another one was first.
   *
   * @param connection autocommit is off; neither committed nor closed here
   * @param delivery which message, and for whom
   * @param work what it changes; run unless the message was handled before
   * @throws IllegalArgumentException if autocommit is on
   * @throws X what the work throws: what it did is rolled back, back to a savepoint, the message is
   *     as if it had never come, and the caller's transaction can go on
   * @throws SagaStoreException if the database fails
   */
  <X extends Exception> Receipt once(Connection connection, Delivery delivery, Work<X> work)
      throws X;

  /**
   * Forgets the messages that are older than this inbox keeps them, in small transactions that no
   * delivery waits for. To be called now and then, on one node or on all of them.
   *
   * @return how many
   * @throws SagaStoreException if the database fails; what went before stays forgotten
   */
  long purge();

  /**
   * What a message changes, in the transaction that records it.
   *
   * @param <X> what it may throw
   */
  @FunctionalInterface
  interface Work<X extends Exception> {

    /**
     * Does the work.
     *
     * @throws X rolls back all that was done
     */
    void run(Tx tx) throws X;
  }

  /** The transaction that records a message. What is written through it commits with that. */
  interface Tx {

    /**
     * The connection the transaction runs on, valid until the work returns. The inbox or its caller
     * commits, rolls back and closes it; those calls, and changes of autocommit, isolation or
     * read-only, throw {@link IllegalStateException}. Savepoints may be used.
     */
    Connection connection();

    /**
     * What the transaction is made of, for other ways of data access.
     *
     * @param type the type to look for, for instance {@code org.jooq.DSLContext}
     * @throws IllegalArgumentException if this transaction offers nothing of that type
     */
    <T> T unwrap(Class<T> type);
  }
}
