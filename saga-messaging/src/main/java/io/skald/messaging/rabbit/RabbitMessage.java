package io.skald.messaging.rabbit;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Delivery;
import io.skald.messaging.internal.Incoming;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A delivery as a message. */
final class RabbitMessage {
  private static final String ID = "skald-message-id";
  private static final String KEY = "skald-key";

  private RabbitMessage() {}

  /**
   * A queue has no places: what has no id and is the same in all it says counts as one message.
   *
   * @param topic whose queue it came from
   */
  static Incoming incoming(String topic, Delivery delivery) {
    BasicProperties properties = delivery.getProperties();
    Map<String, String> headers = headers(properties);
    String id = properties.getMessageId() == null ? headers.get(ID) : properties.getMessageId();
    return Incoming.of(
        topic,
        id,
        place(topic, properties, delivery),
        headers.get(KEY),
        delivery.getBody(),
        headers);
  }

  private static Map<String, String> headers(BasicProperties properties) {
    Map<String, String> headers = new HashMap<>();
    Map<String, Object> sent = properties.getHeaders();
    if (sent != null) {
      // texts are of the client's own type, or byte arrays, numbers, lists, whatever
      sent.forEach((name, value) -> headers.put(name, text(value)));
    }
    return headers;
  }

  private static String text(@Nullable Object value) {
    return value instanceof byte[] bytes ? Incoming.text(bytes) : String.valueOf(value);
  }

  private static String place(String topic, BasicProperties properties, Delivery delivery) {
    String digest =
        Incoming.digest(
            utf8(topic),
            utf8(delivery.getEnvelope().getRoutingKey()),
            utf8(String.valueOf(properties.getTimestamp())),
            utf8(String.valueOf(properties.getCorrelationId())),
            delivery.getBody());
    return "rabbit:" + digest;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
