package io.skald.saga.participant;

import io.skald.saga.error.SagaStoreException;
import java.util.List;

/**
 * Keeps the messages that consumers gave up, beside what they change, until an operator has seen to
 * them. Every method is a transaction of its own. Safe for use by several threads and processes.
 */
public interface DeadLetters {
  /** The longest reason that is kept, in characters: 8 KiB at most in UTF-8. */
  int REASON_MAX = 2_700;

  /** How many are found at a time at most. */
  int PAGE_MAX = 1_000;

  /**
   * Keeps a message; has committed when this returns. One that is kept already, of the same
   * consumer, id and payload, waits for an operator again and is not kept twice.
   *
   * @param reason why it was given up; cut to {@link #REASON_MAX} characters, and what no text
   *     column, log and terminal can bear is left out
   * @param attempts how often it was tried, 0 or more
   * @throws SagaStoreException if the database fails: the message may not be kept
   */
  void keep(DeadMessage message, String reason, int attempts);

  /**
   * The dead letters of a consumer, in the order they were first kept.
   *
   * @param after those of greater positions; 0 for the first page
   * @param limit 1 to {@value #PAGE_MAX}; they are read with their payloads
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   * @throws SagaStoreException if the database fails
   */
  List<DeadLetter> find(String consumer, DeadLetter.Status status, long after, int limit);

  /**
   * Has a consumer that is open somewhere try a message again. It may come after later ones of its
   * key.
   *
   * @param actor who wants it, 1 to 100 characters
   * @param reason why, 1 to 1,000 characters
   * @return false if it does not wait for an operator
   * @throws IllegalArgumentException if {@code actor} or {@code reason} is out of bounds
   * @throws SagaStoreException if the database fails
   */
  boolean retry(long position, String actor, String reason);

  /**
   * Gives a message up for good.
   *
   * @param actor who wants it, 1 to 100 characters
   * @param reason why, 1 to 1,000 characters
   * @return false if it does not wait for an operator, nor for being tried again
   * @throws IllegalArgumentException if {@code actor} or {@code reason} is out of bounds
   * @throws SagaStoreException if the database fails
   */
  boolean discard(long position, String actor, String reason);

  /**
   * What was to be tried again is handled. For consumers.
   *
   * @throws SagaStoreException if the database fails
   */
  void handled(long position);

  /**
   * What was to be tried again has failed, and waits for an operator. For consumers.
   *
   * @param reason as for {@link #keep}
   * @throws SagaStoreException if the database fails
   */
  void failed(long position, String reason);

  /**
   * Deletes what was handled or discarded longer ago than it is kept. What waits for somebody
   * stays.
   *
   * @return how many
   * @throws SagaStoreException if the database fails; what went before stays deleted
   */
  long purge();
}
