package io.skald.messaging.nats;

import io.nats.client.Connection;
import io.skald.messaging.Source;
import io.skald.saga.internal.Check;
import java.time.Duration;
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

  private static final Duration ACK_WAIT_MIN = Duration.ofSeconds(3);
  private static final Duration ACK_WAIT_MAX = Duration.ofHours(1);

  private final Connection connection;
  private final NatsPulling.Bounds bounds;

  private NatsSource(Connection connection, NatsPulling.Bounds bounds) {
    this.connection = connection;
    this.bounds = bounds;
  }

  /**
   * A source over a connection.
   *
   * @param connection stays the caller's, who closes it after the consumer; it has to connect again
   *     as often as it takes: {@code maxReconnects(-1)}
   */
  @SuppressWarnings("exports") // whoever has another broker compiles without this client
  public static NatsSource of(Connection connection) {
    Objects.requireNonNull(connection, "connection");
    return new NatsSource(connection, new NatsPulling.Bounds(256, Duration.ofSeconds(30)));
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
    int checked = Check.within("pendingMax", messages, PENDING_MAX);
    return new NatsSource(connection, new NatsPulling.Bounds(checked, bounds.ackWait()));
  }

  /**
   * This with another time after which a message is delivered again if its consumer has died, in
   * place of 30 s. One that is alive says so three times within.
   *
   * @param wait 3 s to 1 h
   * @throws IllegalArgumentException if {@code wait} is out of bounds
   */
  public NatsSource ackWait(Duration wait) {
    Duration checked = Check.within("ackWait", wait, ACK_WAIT_MIN, ACK_WAIT_MAX);
    return new NatsSource(connection, new NatsPulling.Bounds(bounds.pendingMax(), checked));
  }

  @Override
  public Subscription subscribe(String consumer, Set<String> topics, Receiver receiver) {
    List<Subscription> each =
        topics.stream()
            .map(topic -> NatsPulling.open(connection, consumer, topic, bounds, receiver))
            .toList();
    return () -> each.parallelStream().forEach(Subscription::close);
  }
}
