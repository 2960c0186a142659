package io.skald.messaging.rabbit;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.skald.messaging.RefusedMessageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * A channel on which the server confirms each message, and what it has not confirmed yet. One
 * thread publishes; what the server says comes on the connection's. A message is answered by
 * whoever takes it out of {@link #unconfirmed}.
 */
final class ConfirmChannel {
  /** How long the server has for saying goodbye when a connection is given up: 1 s. */
  private static final int ABORT_MAX_MILLIS = 1_000;

  private final Channel channel;
  private final String exchange;
  private final Consumer<Publishing> again;
  private final NavigableMap<Long, Publishing> unconfirmed = new ConcurrentSkipListMap<>();

  private ConfirmChannel(Channel channel, String exchange, Consumer<Publishing> again) {
    this.channel = channel;
    this.exchange = exchange;
    this.again = again;
  }

  /**
   * Opens one.
   *
   * @param again takes what was not sent, or is to be sent once more
   */
  static ConfirmChannel open(Connection connection, String exchange, Consumer<Publishing> again)
      throws IOException {
    Channel channel =
        connection.openChannel().orElseThrow(() -> new IOException("no channel is left"));
    var confirming = new ConfirmChannel(channel, exchange, again);
    channel.addReturnListener(returned -> confirming.returned(returned.getProperties()));
    channel.addConfirmListener(confirming::confirmed, confirming::rejected);
    channel.addShutdownListener(confirming::ended);
    channel.confirmSelect();
    return confirming;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /**
   * Publishes a message.
   *
   * @throws RefusedMessageException if the server would take a header for an order
   */
  void publish(Publishing publishing) throws IOException, RefusedMessageException {
    AMQP.BasicProperties properties = publishing.properties();
    long tag = channel.getNextPublishSeqNo();
    publishing.begins();
    unconfirmed.put(tag, publishing);
    try {
      channel.basicPublish(
          exchange, publishing.routingKey(), true, properties, publishing.payload());
    } catch (AlreadyClosedException e) {
      // it has not left; unless the end of the channel took it for one that was under way
      if (unconfirmed.remove(tag) != null) {
        again.accept(publishing);
      }
    } catch (IOException | RuntimeException e) {
      // whether it was sent is not known, nor which tags the server gives to those after it
      failAll(e);
      channel.getConnection().abort(ABORT_MAX_MILLIS);
      throw e;
    }
  }

  /**
   * A return comes before the confirm, and says the message's id alone: one that was given up, and
   * is under way a second time, counts as returned both times.
   */
  private void returned(AMQP.BasicProperties properties) {
    unconfirmed.values().stream()
        .filter(publishing -> publishing.id().equals(properties.getMessageId()))
        .forEach(Publishing::returned);
  }

  private void confirmed(long tag, boolean multiple) {
    take(tag, multiple).forEach(publishing -> publishing.confirmed(exchange));
  }

  private void rejected(long tag, boolean multiple) {
    var failure = new IOException("the server says that it does not keep the message");
    take(tag, multiple).forEach(publishing -> publishing.failed(failure));
  }

  private List<Publishing> take(long tag, boolean multiple) {
    if (multiple) {
      return takeAll(unconfirmed.headMap(tag, true));
    }
    Publishing publishing = unconfirmed.remove(tag);
    return publishing == null ? List.of() : List.of(publishing);
  }

  private static List<Publishing> takeAll(NavigableMap<Long, Publishing> some) {
    List<Publishing> taken = new ArrayList<>();
    for (var oldest = some.pollFirstEntry(); oldest != null; oldest = some.pollFirstEntry()) {
      taken.add(oldest.getValue());
    }
    return taken;
  }

  private void ended(ShutdownSignalException reason) {
    if (isTooLarge(reason)) {
      refuseLargest(takeAll(unconfirmed), reason);
    } else {
      failAll(reason);
    }
  }

  void failAll(Throwable failure) {
    takeAll(unconfirmed).forEach(publishing -> publishing.failed(failure));
  }

  /** Nothing else of what is sent here makes the server say so. */
  private static boolean isTooLarge(ShutdownSignalException reason) {
    return reason.getReason() instanceof AMQP.Channel.Close close
        && close.getReplyCode() == AMQP.PRECONDITION_FAILED;
  }

  /**
   * The server does not say which one was too large for it. It is one of those, so the largest of
   * them is too large as well; the others are sent again, and are none the worse for it.
   */
  private void refuseLargest(Collection<Publishing> lost, ShutdownSignalException reason) {
    Publishing largest =
        lost.stream().max(Comparator.comparingInt(p -> p.payload().length)).orElse(null);
    for (Publishing publishing : lost) {
      if (publishing == largest) {
        publishing.failed(
            new RefusedMessageException("larger than the server's max_message_size", reason));
      } else {
        again.accept(publishing);
      }
    }
  }
}
