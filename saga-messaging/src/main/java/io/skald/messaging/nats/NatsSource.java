package io.skald.messaging.nats;

import io.nats.client.Connection;
import io.skald.messaging.Source;
import io.skald.saga.internal.Check;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * NATS JetStream, as a consumer sees it: a durable pull consumer for each topic, on the stream that
 * has it as a subject, whose messages are acknowledged one by one when they are settled. Immutable;
 * safe for use by several threads.
 *
 * <pre>{@code
 * Options options = Options.builder().server("nats://nats-1:4222").maxReconnects(-1).build();
 * NatsSource.of(Nats.connect(options))
 * }</pre>
 */
public final class NatsSource implements Source {
  private static final int PENDING_MAX = 10_000;

  private final Connection connection;
  private final int pending;

  private NatsSource(Connection connection, int pending) {
    this.connection = connection;
    this.pending = pending;
  }

  /**
   * A source over a connection.
   *
   * @param connection stays the caller's, who closes it after the consumer; it has to connect again
   *     as often as it takes: {@code maxReconnects(-1)}
   */
  public static NatsSource of(Connection connection) {
    return new NatsSource(Objects.requireNonNull(connection, "connection"), 256);
  }

  /**
   * This with another bound of how many messages of a topic are delivered and not acknowledged, of
   * all consumers of one name, in place of 256. With 1 the messages of a topic come one after the
   * other, whatever their keys and however many consumers share them.
   *
   * @param messages 1 to 10,000
   * @throws IllegalArgumentException if {@code messages} is out of bounds
   */
  public NatsSource pendingMax(int messages) {
    return new NatsSource(connection, Check.within("pendingMax", messages, PENDING_MAX));
  }

  @Override
  public Subscription subscribe(String consumer, Set<String> topics, Receiver receiver) {
    List<Subscription> each =
        topics.stream()
            .map(topic -> NatsPulling.open(connection, consumer, topic, pending, receiver))
            .toList();
    return () -> each.parallelStream().forEach(Subscription::close);
  }
}
