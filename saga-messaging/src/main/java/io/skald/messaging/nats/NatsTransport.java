package io.skald.messaging.nats;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * NATS JetStream, as the relay sends to it: a topic of the outbox is a subject that a stream has,
 * and a message is sent when the stream has acknowledged it. Safe for use by several threads.
 *
 * <pre>{@code
 * Options options = Options.builder().server("nats://nats-1:4222").maxReconnects(-1).build();
 * NatsTransport.of(Nats.connect(options))
 * }</pre>
 */
public final class NatsTransport implements Transport {
  /**
   * What a stream answers to a message it will never take: larger than its {@code max_msg_size}, or
   * with more headers than the server bears. Codes of nats-server's {@code errors.json}.
   */
  private static final Set<Integer> REFUSALS = Set.of(10054, 10097);

  private final Connection connection;
  private final JetStream jetStream;
  private final MissingStreams missing;
  private volatile boolean isClosed;

  private NatsTransport(Connection connection, JetStream jetStream, MissingStreams missing) {
    this.connection = connection;
    this.jetStream = jetStream;
    this.missing = missing;
  }

  /**
   * A transport over a connection.
   *
   * @param connection stays the caller's, who closes it after the transport; it has to connect
   *     again as often as it takes: {@code maxReconnects(-1)}
   * @throws IllegalArgumentException if it is closed already
   */
  @SuppressWarnings("exports") // whoever has another broker compiles without this client
  public static NatsTransport of(Connection connection) {
    try {
      return new NatsTransport(
          connection, connection.jetStream(), new MissingStreams(connection.jetStreamManagement()));
    } catch (IOException e) {
      throw new IllegalArgumentException("connection: closed (expected: open)", e);
    }
  }

  @Override
  public CompletionStage<Void> send(OutboxMessage message) {
    try {
      requireReady();
      Headers headers = NatsHeaders.of(message);
      requireRoom(headers.serializedLength() + message.payload().length);
      return publish(message.topic().name(), headers, message.payload());
    } catch (RefusedMessageException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Without a connection, or with a full queue, the client would hold up the caller, and send in
   * the end what was given up long before.
   */
  private void requireReady() {
    if (isClosed) {
      throw new IllegalStateException("the transport is closed (expected: open)");
    }
    Connection.Status status = connection.getStatus();
    if (status != Connection.Status.CONNECTED) {
      throw new IllegalStateException("the connection is " + status + " (expected: CONNECTED)");
    }
    int queued = connection.getOptions().getMaxMessagesInOutgoingQueue();
    if (connection.outgoingPendingMessageCount() >= queued) {
      throw new IllegalStateException("the connection has " + queued + " messages to send already");
    }
  }

  /** A server hangs up on whoever sends it more than it takes. */
  private void requireRoom(int size) throws RefusedMessageException {
    long sizeMax = connection.getMaxPayload();
    if (sizeMax > 0 && size > sizeMax) {
      throw new RefusedMessageException(
          size + " bytes with headers (expected: <= " + sizeMax + ", the server's max_payload)");
    }
  }

  private CompletionStage<Void> publish(String subject, Headers headers, byte[] payload) {
    return jetStream
        .publishAsync(subject, headers, payload)
        .exceptionallyCompose(failure -> judged(subject, causeOf(failure)))
        .thenAccept(NatsTransport::requireKept);
  }

  /**
   * A stream counts from one. Zero is what a cluster of servers before 2.10.19 answers to the
   * repeat of a message that it has not stored yet, and may have lost with its leader.
   */
  static void requireKept(PublishAck ack) {
    if (ack.getSeqno() < 1) {
      throw new IllegalStateException(
          "acknowledged without a place in the stream: sequence " + ack.getSeqno());
    }
  }

  /**
   * That nobody answers for a subject is said in an {@link IOException} that nothing but its text
   * tells from others. It is so while a stream has no leader as well: so it is asked whether there
   * is a stream.
   */
  private CompletionStage<PublishAck> judged(String subject, Throwable failure) {
    if (failure instanceof JetStreamApiException answer
        && REFUSALS.contains(answer.getApiErrorCode())) {
      return CompletableFuture.failedFuture(
          new RefusedMessageException(answer.getErrorDescription(), answer));
    }
    if (failure instanceof IOException) {
      return missing
          .isMissing(subject)
          .thenCompose(
              isMissing ->
                  CompletableFuture.failedFuture(isMissing ? noStream(subject, failure) : failure));
    }
    return CompletableFuture.failedFuture(failure);
  }

  private static Throwable noStream(String subject, Throwable failure) {
    return new RefusedMessageException("no stream has the subject " + subject, failure);
  }

  /** The client wraps what it has to say twice. */
  private static Throwable causeOf(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause.getClass() == RuntimeException.class)) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Sends nothing more; what is under way is answered as long as the connection is open. */
  @Override
  public void close() {
    isClosed = true;
  }
}
