package io.skald.saga;

import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;

/**
 * What an application has to do with sagas: it starts them, sends them signals, says by token what
 * became of their steps, and finds them again. Safe for use by several threads.
 */
public interface SagaClient {

  /**
   * Starts a saga: in the ambient transaction if one is active, else in one of its own. If a saga
   * of this definition and key exists already and was started with the same input, that saga is
   * given back.
   *
   * @throws DuplicateSagaException if it exists and was started with another input, or was erased
   * @throws SagaDataException if the input, its key or an attribute is null or cannot be stored;
   *     nothing was
   * @throws UnknownSagaException if this very definition is not registered with the engine
   * @throws io.skald.saga.error.SagaStoreException if the store failed; the saga may have been
   *     started, and a definition with a key lets you start it again to be sure
   * @throws IllegalStateException if the engine is not open
   */
  <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input);

  /**
   * Sends a signal to the saga of that definition's name and that key: in the ambient transaction
   * if one is active, and then only if it commits, else in one of its own. It may come before the
   * saga waits for it, and even before the saga is started; each is taken by one wait, in the order
   * they were sent. One that nothing waits for is in the saga's view, and in the log of the nodes.
   * So is one that does not hold what its wait takes it for: it is not taken, and the wait goes on.
   *
   * @param saga any version of the definition
   * @param businessKey the saga's key, which is its id if the definition has none
   * @throws IllegalArgumentException if a step of {@code saga} awaits a signal of that name and
   *     another type; nothing was sent
   * @throws SagaDataException if the key or the value cannot be stored; nothing was
   * @throws io.skald.saga.error.SagaStoreException if the store failed; the signal may have been
   *     sent, and to call again may send a second one: whoever has to have it sent exactly once
   *     sends it in the transaction that records why, with {@link #joining}
   * @throws IllegalStateException if the engine is not open
   */
  <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value);

  /**
   * Sends a signal to a saga, as {@link #signal(SagaDefinition, String, Signal, Object)} does.
   *
   * @throws UnknownSagaException if there is no such saga
   */
  <S> void signal(SagaId id, Signal<S> signal, S value);

  /**
   * Completes an asynchronous step, or a wait for a signal, by its token: in the ambient
   * transaction if one is active, and then only if it commits, else in one of its own. In one of
   * its own the answer is what has become of it. In a caller's it is what that transaction sees
   * now: a step may be brought to an end by something else before the caller commits. There the
   * call waits, without a limit of its own, for another open transaction that completes or fails
   * the same step: two that do so with two steps in opposite order run into a deadlock, which the
   * database ends for one.
   *
   * @param step the step the token is of
   * @param token the token, as the step's action was given it or {@code callbackToken} answered it
   * @param result the step's result
   * @return whether it was completed by this call; false if that was done before, or the step no
   *     longer waits, or its work was handed out once more since, with another token
   * @throws IllegalArgumentException if the token is not one of that step, or its saga is not there
   *     any more: the two are not told apart; or if the step has results of another type in the
   *     saga
   * @throws SagaDataException if the result cannot be stored; nothing was
   * @throws io.skald.saga.error.SagaStoreException if the store failed; the step may have been
   *     completed, and to call again is safe: false is then the answer if it was, or if somebody
   *     else has done it
   * @throws IllegalStateException if the engine is not open
   */
  <R> boolean complete(Step<?, R> step, String token, R result);

  /**
   * Fails an asynchronous step by its token, as {@link #complete} completes it: the work was not
   * done, and no longer can be.
   *
   * @param token the token, as the step's action was given it
   * @param reason why, for people: it is in the saga's view and in the log, so it should not hold
   *     what they must not; at most 8 KiB are kept
   * @return whether it was failed by this call, in the sense of {@link #complete}
   * @throws IllegalArgumentException if the token is not one of an asynchronous step, or its saga
   *     is not there any more
   * @throws io.skald.saga.error.SagaStoreException if the store failed; the step may have been
   *     failed, and to call again is safe, in the sense of {@link #complete}
   * @throws IllegalStateException if the engine is not open
   */
  boolean fail(String token, String reason);

  /**
   * Gives a sign of life of an asynchronous step that wants one, by its token. One that the saga
   * has not taken note of yet stands for those that follow it.
   *
   * @param token the token, as the step's action was given it
   * @return whether the step still waits
   * @throws IllegalArgumentException if the token is not one of an asynchronous step with {@code
   *     heartbeatWithin}, or its saga is not there any more
   * @throws io.skald.saga.error.SagaStoreException if the store failed; to call again is safe
   * @throws IllegalStateException if the engine is not open
   */
  boolean heartbeat(String token);

  /**
   * A client whose starts, signals and words by token become part of the transaction on {@code
   * connection}: the saga exists, the signal is sent, the step is completed or failed if and only
   * if the caller commits. The engine neither commits nor closes the connection, and touches it
   * only while {@code start}, {@code signal}, {@code complete}, {@code fail} or {@code heartbeat}
   * runs. Start as late in the transaction as you can: until the commit another start with the same
   * key waits. The five are for the thread that uses the connection.
   *
   * @param connection a connection with autocommit off, else the five throw {@link
   *     IllegalArgumentException}
   */
  SagaClient joining(Connection connection);

  /** A handle on the saga of that definition's name and that key, if there is one. */
  <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey);

  /** The saga of that id as it stands, if there is one. */
  Optional<SagaView> view(SagaId id);

  /** The sagas with that business key, of every definition, the latest first; at most 200. */
  List<SagaView> viewsOfKey(String businessKey);

  /**
   * The sagas a query asks for, a page of them. Reads what is committed, whatever transaction the
   * caller is in.
   *
   * @throws IllegalArgumentException if what the query goes on after is no cursor, or one of a
   *     query in another order: by key, or by start
   * @throws io.skald.saga.error.SagaStoreException if the store failed, or the search took it
   *     longer than 10 s
   */
  SagaPage search(SagaQuery query);
}
