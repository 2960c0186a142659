package io.skald.messaging.rabbit;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One message on its way to the broker, and whoever waits for what becomes of it. */
final class Publishing {
  /** Headers the server takes for more routing keys; it closes the channel if they are text. */
  private static final List<String> ORDERS = List.of("CC", "BCC");

  private static final int PERSISTENT = 2;

  private final OutboxMessage message;
  private final CompletableFuture<Void> answer = new CompletableFuture<>();
  private volatile boolean isReturned;

  Publishing(OutboxMessage message) {
    this.message = message;
  }

  String id() {
    return message.id().toString();
  }

  String routingKey() {
    return message.topic().name();
  }

  byte[] payload() {
    return message.payload();
  }

  /**
   * What goes with the payload.
   *
   * @throws RefusedMessageException if a header is an order to the server
   */
  BasicProperties properties() throws RefusedMessageException {
    for (String order : ORDERS) {
      if (message.headers().containsKey(order)) {
        throw new RefusedMessageException(
            "header " + order + ": an order to the server (expected: none)");
      }
    }
    Map<String, Object> headers = new HashMap<>(message.headers());
    message.key().ifPresent(key -> headers.put("skald-key", key));
    headers.put("skald-message-id", id());
    headers.put("skald-position", Long.toString(message.position()));
    return new BasicProperties.Builder()
        .deliveryMode(PERSISTENT)
        .messageId(id())
        .timestamp(Date.from(message.publishedAt()))
        .headers(headers)
        .build();
  }

  CompletableFuture<Void> answer() {
    return answer;
  }

  /** It is sent, perhaps once more on another channel: what was said of it there is over. */
  void begins() {
    isReturned = false;
  }

  /** The server has sent it back: no queue takes it, though it is going to confirm it. */
  void returned() {
    isReturned = true;
  }

  void confirmed(String exchange) {
    if (isReturned) {
      String route = "exchange " + exchange + " with the routing key " + routingKey();
      failed(new RefusedMessageException("no queue is bound to " + route));
    } else {
      answer.complete(null);
    }
  }

  void failed(Throwable failure) {
    answer.completeExceptionally(failure);
  }
}
