package io.skald.messaging;

import java.util.Set;

/** A broker, as a consumer sees it: delivers messages and keeps those that are not settled. */
public interface Source {

  /**
   * Begins to deliver the messages of these topics, those of one key one after the other and in
   * their order, as far as the broker keeps one. Returns at once: the broker need not be there yet.
   *
   * @param consumer who receives: consumers of one name share the messages out
   * @param topics whose messages
   * @param receiver where to
   * @return what ends it
   */
  Subscription subscribe(String consumer, Set<String> topics, Receiver receiver);

  /** Where messages are delivered to. Safe for use by several threads. */
  @FunctionalInterface
  interface Receiver {

    /**
     * Receives one message. When this returns the message is settled, and is to be acknowledged;
     * when it throws the message is not, and is to be delivered again, and none of its key before
     * it.
     *
     * @throws InterruptedException if interrupted
     */
    void receive(ReceivedMessage message) throws InterruptedException;

    /**
     * Receives, as above, a message that has no id of a sender's: its place at the broker is its
     * id, or a digest where the broker has no places. Unless a receiver does something else, it is
     * as good as another one.
     *
     * @param reason what is wrong with it, without what it says
     * @throws InterruptedException if interrupted
     */
    default void receiveUnreadable(ReceivedMessage message, String reason)
        throws InterruptedException {
      receive(message);
    }
  }

  /** Messages that are being delivered. */
  interface Subscription extends AutoCloseable {

    /** Delivers no more, waits for what is being received, and acknowledges what is settled. */
    @Override
    void close();
  }
}
