package io.skald.messaging;

import io.skald.engine.spi.OutboxMessage;
import java.util.concurrent.CompletionStage;

/**
 * A broker, as the relay sees it. Safe for use by several threads.
 *
 * <p>The relay sends the next message of a key when the one before it is with the broker, and never
 * sooner: so a transport need not keep any order, and must not answer before the broker has said
 * that it keeps the message.
 */
public interface Transport extends AutoCloseable {

  /**
   * Sends one message, and waits for nothing. It may be sent again after any answer but success.
   *
   * @return completes when the broker has said that it keeps the message; fails with {@link
   *     RefusedMessageException} if no broker of this kind will ever take it as it is, and with
   *     anything else if another try may go better
   */
  CompletionStage<Void> send(OutboxMessage message);

  /**
   * Ends what {@link #send} began, as far as it can be done in a moment, and lets go of the broker.
   */
  @Override
  void close();
}
