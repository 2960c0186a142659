package io.skald.messaging.rabbit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.ShutdownSignalException;
import io.skald.messaging.Source;
import io.skald.messaging.internal.Incoming;
import io.skald.messaging.internal.Keeping;
import io.skald.messaging.internal.Lanes;
import io.skald.messaging.internal.Settling;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel, and the messages that came over it. They can be acknowledged over no other one: when
 * it is lost they are delivered again over the next, and those that were settled meanwhile are
 * known to the inbox.
 */
final class RabbitSubscription {
  private static final Logger LOG = LoggerFactory.getLogger(RabbitSubscription.class);

  /** How long what is being received is waited for when it is closed: 5 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration FAREWELL_MAX = Duration.ofSeconds(3);
  private static final Duration MOMENT = Duration.ofMillis(50);

  private final Channel channel;
  private final Source.Receiver receiver;

  /** By the topic and key of a message, or the message itself where it has no key. */
  private final Lanes<Object> lanes = new Lanes<>("skald-rabbit-lane");

  private final AtomicReference<@Nullable String> lost = new AtomicReference<>();

  private record TopicKey(String topic, String key) {}

  private RabbitSubscription(Channel channel, Source.Receiver receiver) {
    this.channel = channel;
    this.receiver = receiver;
  }

  static Source.Subscription open(
      ConnectionFactory factory,
      String consumer,
      Map<String, String> queues,
      int prefetch,
      Source.Receiver receiver) {
    return Keeping.open(
        "rabbit-" + consumer,
        stopping -> consume(factory, consumer, queues, prefetch, receiver, stopping),
        PATIENCE.plus(FAREWELL_MAX).plusSeconds(5));
  }

  private static void consume(
      ConnectionFactory factory,
      String consumer,
      Map<String, String> queues,
      int prefetch,
      Source.Receiver receiver,
      CountDownLatch stopping)
      throws Exception {
    Connection connection = factory.newConnection("skald-" + consumer);
    try {
      Channel channel = connection.createChannel();
      channel.basicQos(prefetch);
      new RabbitSubscription(channel, receiver).consume(queues, stopping);
    } finally {
      connection.abort((int) FAREWELL_MAX.toMillis());
    }
  }

  private void consume(Map<String, String> queues, CountDownLatch stopping) throws Exception {
    channel.addShutdownListener(reason -> lost.compareAndSet(null, reason.getMessage()));
    try {
      List<String> tags = new ArrayList<>();
      for (Map.Entry<String, String> queue : queues.entrySet()) {
        tags.add(consume(queue.getKey(), queue.getValue()));
      }
      while (!stopping.await(MOMENT.toNanos(), TimeUnit.NANOSECONDS)) {
        requireConsuming();
      }
      for (String tag : tags) {
        channel.basicCancel(tag);
      }
    } finally {
      // over a lost channel nothing is acknowledged any more, but an interrupt would be rude
      lanes.close(PATIENCE);
    }
  }

  private void requireConsuming() throws IOException {
    String reason = lost.get();
    if (reason != null) {
      throw new IOException(reason);
    }
  }

  private String consume(String topic, String queue) throws IOException {
    return channel.basicConsume(
        queue,
        false,
        (tag, delivery) -> add(topic, delivery),
        tag -> lost.compareAndSet(null, "the server has ended the delivery of queue " + queue));
  }

  private void add(String topic, Delivery delivery) {
    Incoming incoming = RabbitMessage.incoming(topic, delivery);
    String key = incoming.message().keyOrNull();
    Object laneKey = key == null ? delivery : new TopicKey(topic, key);
    lanes.add(
        laneKey,
        isEnded -> {
          if (Settling.isSettled(receiver, incoming, isEnded)) {
            acknowledge(delivery.getEnvelope().getDeliveryTag());
          }
        });
  }

  /** What is not acknowledged is delivered again, and the inbox knows it. */
  private void acknowledge(long tag) {
    try {
      channel.basicAck(tag, false);
    } catch (IOException | ShutdownSignalException e) {
      LOG.debug("RabbitMQ: an acknowledgement is lost", e);
    }
  }
}
