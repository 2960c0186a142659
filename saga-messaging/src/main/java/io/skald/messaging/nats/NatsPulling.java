package io.skald.messaging.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.skald.messaging.Source;
import io.skald.messaging.internal.Incoming;
import io.skald.messaging.internal.Keeping;
import io.skald.messaging.internal.Lanes;
import io.skald.messaging.internal.Settling;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The messages of one topic: pulled as there is room, and kept from being delivered again for as
 * long as they are under way.
 */
final class NatsPulling {
  private static final Duration PULL_MAX = Duration.ofMillis(500);
  private static final Duration MOMENT = Duration.ofMillis(20);

  /** How long what is being received is waited for when it is closed: 5 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final JetStreamManagement management;
  private final String stream;
  private final String durable;
  private final String topic;
  private final Bounds bounds;
  private final Source.Receiver receiver;

  /** By key, or the message itself where it has none. */
  private final Lanes<Object> lanes = new Lanes<>("skald-nats-lane");

  /** By their places, so that what is given back is given back in order. */
  private final ConcurrentNavigableMap<Long, Message> underWay = new ConcurrentSkipListMap<>();

  /**
   * What is at the server's.
   *
   * @param pendingMax how many messages are delivered and not acknowledged
   * @param ackWait after how long without a word a message is delivered again
   */
  record Bounds(int pendingMax, Duration ackWait) {}

  private NatsPulling(
      JetStreamManagement management,
      String stream,
      String durable,
      String topic,
      Bounds bounds,
      Source.Receiver receiver) {
    this.management = management;
    this.stream = stream;
    this.durable = durable;
    this.topic = topic;
    this.bounds = bounds;
    this.receiver = receiver;
  }

  static Source.Subscription open(
      Connection connection,
      String consumer,
      String topic,
      Bounds bounds,
      Source.Receiver receiver) {
    String durable = durable(consumer, topic);
    return Keeping.open(
        "nats-" + consumer + "-" + topic,
        stopping -> {
          JetStreamManagement management = connection.jetStreamManagement();
          String stream = streamOf(management, topic);
          new NatsPulling(management, stream, durable, topic, bounds, receiver)
              .pull(connection, stopping);
        },
        PATIENCE.plusSeconds(5));
  }

  /** No two pairs have the same: neither name has a {@code =} or a {@code ~}. */
  static String durable(String consumer, String topic) {
    return (consumer + "~" + topic).replace('.', '=');
  }

  private static String streamOf(JetStreamManagement management, String topic)
      throws IOException, JetStreamApiException {
    List<String> streams = management.getStreamNames(topic);
    if (streams.isEmpty()) {
      throw new IOException("no stream has the subject " + topic);
    }
    return streams.getFirst();
  }

  private void pull(Connection connection, CountDownLatch stopping) throws Exception {
    var unused = management.addOrUpdateConsumer(stream, configuration());
    JetStreamSubscription subscription =
        connection.jetStream().subscribe(null, PullSubscribeOptions.bind(stream, durable));
    try {
      long last = System.nanoTime();
      long interval = bounds.ackWait().dividedBy(3).toNanos();
      while (stopping.getCount() > 0) {
        pullOnce(subscription, stopping);
        if (System.nanoTime() - last > interval) {
          last = System.nanoTime();
          giveSignOfLife();
        }
      }
    } finally {
      lanes.close(PATIENCE);
      // what was dropped, or takes longer, others have at once and not after the wait
      underWay.values().forEach(message -> tell(message, Message::nak));
      unsubscribe(subscription);
    }
  }

  private ConsumerConfiguration configuration() {
    return ConsumerConfiguration.builder()
        .durable(durable)
        .filterSubject(topic)
        .deliverPolicy(DeliverPolicy.All)
        .ackPolicy(AckPolicy.Explicit)
        .ackWait(bounds.ackWait())
        .maxDeliver(-1)
        .maxAckPending(bounds.pendingMax())
        .build();
  }

  private void pullOnce(JetStreamSubscription subscription, CountDownLatch stopping)
      throws InterruptedException {
    int room = bounds.pendingMax() - underWay.size();
    if (room <= 0) {
      boolean unused = stopping.await(MOMENT.toNanos(), TimeUnit.NANOSECONDS);
      return;
    }
    Iterator<Message> messages = subscription.iterate(room, PULL_MAX);
    while (messages.hasNext()) {
      add(messages.next());
    }
  }

  private void add(Message message) {
    Incoming incoming = NatsMessage.incoming(topic, message);
    long place = message.metaData().streamSequence();
    String key = incoming.message().keyOrNull();
    underWay.put(place, message);
    lanes.add(
        key == null ? message : key,
        isEnded -> {
          if (Settling.isSettled(receiver, incoming, isEnded)) {
            underWay.remove(place, message);
            tell(message, Message::ack);
          }
        });
  }

  /** A consumer that is gone would not answer, and nothing else would say so. */
  private void giveSignOfLife() throws IOException, JetStreamApiException {
    underWay.values().forEach(message -> tell(message, Message::inProgress));
    var unused = management.getConsumerInfo(stream, durable);
  }

  /** What is lost of it has the message delivered again, and the inbox knows it. */
  private static void tell(Message message, Consumer<Message> word) {
    try {
      word.accept(message);
    } catch (IllegalStateException e) {
      // the connection is closed
    }
  }

  private static void unsubscribe(JetStreamSubscription subscription) {
    try {
      subscription.unsubscribe();
    } catch (IllegalStateException e) {
      // the connection is closed
    }
  }
}
