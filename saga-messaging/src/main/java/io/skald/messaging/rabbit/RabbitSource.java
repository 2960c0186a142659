package io.skald.messaging.rabbit;

import com.rabbitmq.client.ConnectionFactory;
import io.skald.messaging.Source;
import io.skald.saga.internal.Check;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/**
 * RabbitMQ, as a consumer sees it: a queue for each topic, whose messages are acknowledged one by
 * one when they are settled. Immutable; safe for use by several threads.
 *
 * <pre>{@code
 * RabbitSource.of(connectionFactory).queues((consumer, topic) -> consumer + "." + topic)
 * }</pre>
 */
public final class RabbitSource implements Source {
  private static final int PREFETCH_MAX = 10_000;

  private final ConnectionFactory factory;
  private final BinaryOperator<String> queues;
  private final int prefetch;

  private RabbitSource(ConnectionFactory factory, BinaryOperator<String> queues, int prefetch) {
    this.factory = factory;
    this.queues = queues;
    this.prefetch = prefetch;
  }

  /**
   * A source at a server, which need not be there yet. The queues have the names of the topics, so
   * that there is one consumer for each topic.
   *
   * @param factory how it is reached; copied. Its automatic recovery is not used
   */
  @SuppressWarnings("exports") // whoever has another broker compiles without this client
  public static RabbitSource of(ConnectionFactory factory) {
    ConnectionFactory own = factory.clone();
    // what was under way is delivered again, over a new connection
    own.setAutomaticRecoveryEnabled(false);
    own.setTopologyRecoveryEnabled(false);
    return new RabbitSource(own, (consumer, topic) -> topic, 100);
  }

  /**
   * This with other names of queues, which have to exist and to be bound.
   *
   * @param naming the name of the queue, of a consumer and a topic
   */
  public RabbitSource queues(BinaryOperator<String> naming) {
    return new RabbitSource(factory, Objects.requireNonNull(naming, "naming"), prefetch);
  }

  /**
   * This with another bound of how many messages of a queue are in memory, in place of 100. With 1
   * the messages of a queue come one after the other, whatever their keys.
   *
   * @param messages 1 to 10,000
   * @throws IllegalArgumentException if {@code messages} is out of bounds
   */
  public RabbitSource prefetch(int messages) {
    return new RabbitSource(factory, queues, Check.within("prefetch", messages, PREFETCH_MAX));
  }

  @Override
  public Subscription subscribe(String consumer, Set<String> topics, Receiver receiver) {
    Map<String, String> byTopic =
        topics.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    topic -> topic, topic -> queues.apply(consumer, topic)));
    return RabbitSubscription.open(factory, consumer, byTopic, prefetch, receiver);
  }
}
