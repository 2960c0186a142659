package io.skald.messaging.rabbit;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ, as the relay sends to it: an exchange, with the topic of the outbox as the routing key.
 * A message is sent when the server has confirmed it and has not returned it. Safe for use by
 * several threads.
 *
 * <pre>{@code
 * RabbitTransport.of(connectionFactory, "orders")
 * }</pre>
 *
 * <p>The client blocks whoever publishes while the server does not read. So a thread of its own
 * publishes, over a connection of its own, which is made when it is needed.
 */
public final class RabbitTransport implements Transport {
  /** How many messages wait for that thread at most; what is more is tried again. */
  private static final int WAITING_MAX = 10_000;

  /** How long {@link #close} takes at most: 5 s. */
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final ConnectionFactory factory;
  private final String exchange;
  private final BlockingDeque<Publishing> waiting = new LinkedBlockingDeque<>();
  private final Thread publisher;
  private volatile @Nullable Connection connection;
  private volatile @Nullable ConfirmChannel channel;
  private volatile @Nullable String blocked;
  private volatile boolean isClosed;

  private RabbitTransport(ConnectionFactory factory, String exchange) {
    this.factory = factory;
    this.exchange = exchange;
    this.publisher = Thread.ofPlatform().daemon().name("skald-rabbit").unstarted(this::publishAll);
  }

  /**
   * A transport to a server, which need not be there yet.
   *
   * @param factory how it is reached; copied. Its automatic recovery is not used
   * @param exchange which has to exist, with a queue bound to it for each topic; {@code ""} sends
   *     to the queues that have the names of the topics
   */
  @SuppressWarnings("exports") // whoever has another broker compiles without this client
  public static RabbitTransport of(ConnectionFactory factory, String exchange) {
    Objects.requireNonNull(exchange, "exchange");
    ConnectionFactory own = factory.clone();
    // what was under way is the relay's to send again, over a new connection
    own.setAutomaticRecoveryEnabled(false);
    own.setTopologyRecoveryEnabled(false);
    var transport = new RabbitTransport(own, exchange);
    transport.publisher.start();
    return transport;
  }

  @Override
  public CompletionStage<Void> send(OutboxMessage message) {
    String reason = blocked;
    if (reason != null) {
      return CompletableFuture.failedFuture(blocked(reason));
    }
    if (waiting.size() >= WAITING_MAX) {
      return CompletableFuture.failedFuture(
          new IllegalStateException(WAITING_MAX + " messages wait for the server already"));
    }
    var publishing = new Publishing(message);
    waiting.addLast(publishing);
    if (isClosed) {
      failWaiting(closed());
    }
    return publishing.answer();
  }

  private void publishAll() {
    try {
      while (!isClosed) {
        publish(waiting.takeFirst());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      failWaiting(closed());
    }
  }

  private void publish(Publishing publishing) {
    try {
      channel().publish(publishing);
    } catch (RefusedMessageException e) {
      publishing.failed(e);
    } catch (IOException | TimeoutException | RuntimeException | Error e) {
      publishing.failed(e);
      // or each would wait in turn for a server that does not answer
      failWaiting(e);
    }
  }

  private ConfirmChannel channel() throws IOException, TimeoutException {
    ConfirmChannel open = channel;
    if (open == null || !open.isOpen()) {
      open = ConfirmChannel.open(connection(), exchange, waiting::addFirst);
      channel = open;
    }
    return open;
  }

  private Connection connection() throws IOException, TimeoutException {
    Connection open = connection;
    if (open == null || !open.isOpen()) {
      open = factory.newConnection("skald-relay");
      open.addBlockedListener(this::onBlocked, () -> blocked = null);
      // else nobody would find out that the next one is not
      open.addShutdownListener(reason -> blocked = null);
      connection = open;
      if (isClosed) {
        // close came too early to see it
        open.abort((int) CLOSE_MAX.toMillis());
      }
    }
    return open;
  }

  /** The server is short of memory or disk, and reads nothing until it is not. */
  private void onBlocked(String reason) {
    blocked = reason;
    failWaiting(blocked(reason));
  }

  private void failWaiting(Throwable failure) {
    List<Publishing> failed = new ArrayList<>();
    waiting.drainTo(failed);
    failed.forEach(publishing -> publishing.failed(failure));
  }

  private static IllegalStateException blocked(String reason) {
    return new IllegalStateException("the server takes nothing just now: " + reason);
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("the transport is closed (expected: open)");
  }

  /** Publishes nothing more, and closes its connection; what is not confirmed then has failed. */
  @Override
  public void close() {
    isClosed = true;
    publisher.interrupt();
    // a server that reads nothing holds up who says goodbye to it as well
    Thread closer = Thread.ofPlatform().daemon().name("skald-rabbit-close").start(this::disconnect);
    try {
      closer.join(CLOSE_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    failWaiting(closed());
    ConfirmChannel last = channel;
    if (last != null) {
      last.failAll(closed());
    }
  }

  private void disconnect() {
    Connection last = connection;
    if (last != null) {
      last.abort((int) CLOSE_MAX.toMillis());
    }
  }
}
