package io.skald.messaging;

import io.skald.saga.participant.Inbox;

/** What a message changes. */
@FunctionalInterface
public interface MessageHandler {

  /**
   * Does the work of a message, in the transaction that records it as handled.
   *
   * @param message what was delivered
   * @param tx the transaction, committed when this has returned
   * @throws io.skald.saga.error.PermanentFailure the message can never be handled: it is a dead
   *     letter at once
   * @throws Exception all that was done is rolled back, and it is tried again
   */
  void handle(ReceivedMessage message, Inbox.Tx tx) throws Exception;
}
