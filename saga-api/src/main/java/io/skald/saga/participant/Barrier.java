package io.skald.saga.participant;

import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;

/**
 * What a participant puts in front of the work that a saga asks of it, so that each call takes
 * effect once and in a sensible order: it tells repeats, an empty compensation (of an action that
 * never came) and a late action (that comes after its compensation), inside the participant's own
 * transaction. Needs no engine. Safe for use by several threads.
 *
 * <pre>{@code
 * Answered charged =
 *     barrier.answeredAction(connection, actionKey, () -> charges.insert(connection, charge));
 * connection.commit();
 * return charged.passage().isRefused() ? gone() : ok(charged.answer());
 * }</pre>
 *
 * <p>The try of a TCC step is an action, and its cancel is a compensation. The key is that of the
 * action in each call: {@code Call.idempotencyKey()} of an action or a try, {@code actionKey()} of
 * a compensation, a cancel or a confirmation. It is 1 to 300 characters of {@code
 * [a-zA-Z0-9._/:-]}; whoever made it, the same key means the same action.
 *
 * <p><b>The transaction is the caller's</b>, who begins it, and who commits it after a refusal as
 * well: what the barrier records takes effect with that commit, together with the work. Ask the
 * barrier first: a call waits for another one of the same key that is in an open transaction, and
 * should have nothing locked while it does. What the work throws goes to the caller, who rolls
 * back, to a savepoint from before the call at least; a commit after it rolls back as well. Else a
 * passage without its work would be told as done to every repeat.
 *
 * <p>The isolation should be READ COMMITTED. Under a stricter one a call that meets another one of
 * its key fails, as any statement there may, and the whole transaction is to be repeated.
 *
 * <p>Each method throws {@link IllegalArgumentException} if the key is none or the connection has
 * autocommit on, and {@link SagaStoreException} if the database fails; that is {@link
 * SagaStoreException.Kind#TRANSIENT} if the same call may pass in another transaction.
 */
public interface Barrier {

  /**
   * What is done behind the barrier, through the caller's own transaction.
   *
   * @param <X> what it may throw; {@code RuntimeException} if nothing that is checked
   */
  @FunctionalInterface
  interface Work<X extends Exception> {
    /** Does it. */
    void run() throws X;
  }

  /**
   * What is done behind the barrier, with an answer that is kept for repeats.
   *
   * @param <X> what it may throw; {@code RuntimeException} if nothing that is checked
   */
  @FunctionalInterface
  interface AnsweringWork<X extends Exception> {
    /**
     * Does it.
     *
     * @return what to answer the caller, now and at every repeat: at most {@link
     *     Answered#ANSWER_BYTES_MAX} bytes of UTF-8; an id or a short document
     */
    String run() throws X;
  }

  /**
   * Makes an action, or the try of a TCC step.
   *
   * @return {@link Passage#PASSED} if the work was done; {@link Passage#REPEATED} if it was done
   *     before; {@link Passage#LATE} if it was compensated before, made or not: it was not done and
   *     never will be
   * @throws X what the work throws
   */
  <X extends Exception> Passage action(Connection connection, String actionKey, Work<X> work)
      throws X;

  /**
   * Makes an action as {@link #action} does, and keeps its answer, which each repeat is given. It
   * costs a statement more, when it passes.
   *
   * @throws X what the work throws
   * @throws SagaDataException if the answer is too long or cannot be stored
   */
  <X extends Exception> Answered answeredAction(
      Connection connection, String actionKey, AnsweringWork<X> work) throws X;

  /**
   * Compensates an action, or cancels the try of a TCC step. From then on the action is refused.
   *
   * @return {@link Passage#PASSED} if the work was done; {@link Passage#REPEATED} if it was done
   *     before; {@link Passage#EMPTY} if the action was never made here, so that there is nothing
   *     to compensate; {@link Passage#CONFIRMED} if it was confirmed before: the work was not done
   * @throws X what the work throws
   */
  <X extends Exception> Passage compensation(Connection connection, String actionKey, Work<X> work)
      throws X;

  /**
   * Confirms the try of a TCC step. From then on its cancel is refused.
   *
   * @return {@link Passage#PASSED} if the work was done; {@link Passage#REPEATED} if it was done
   *     before; {@link Passage#LATE} if the try was cancelled before; {@link Passage#MISSING} if it
   *     was never made here, or is not committed yet: nothing is recorded of it
   * @throws X what the work throws
   */
  <X extends Exception> Passage confirmation(Connection connection, String actionKey, Work<X> work)
      throws X;
}
