package io.skald.messaging.nats;

import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsJetStreamMetaData;
import io.skald.messaging.internal.Incoming;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a stream has delivered, as a message. */
final class NatsMessage {
  private static final String ID = "skald-message-id";
  private static final String KEY = "skald-key";
  private static final String ID_OF_NATS = "Nats-Msg-Id";

  private NatsMessage() {}

  static Incoming incoming(String topic, Message message) {
    Map<String, String> headers = headers(message.getHeaders());
    NatsJetStreamMetaData place = message.metaData();
    String id = headers.getOrDefault(ID, headers.get(ID_OF_NATS));
    return Incoming.of(
        topic,
        id,
        "nats:" + place.getStream() + "/" + place.streamSequence(),
        headers.get(KEY),
        Objects.requireNonNullElseGet(message.getData(), () -> new byte[0]),
        headers);
  }

  /** Only a relay encodes: what others send is as it is. */
  private static Map<String, String> headers(@Nullable Headers sent) {
    Map<String, String> headers = new HashMap<>();
    if (sent != null) {
      boolean isRelayed = sent.containsKey(ID);
      for (String name : sent.keySet()) {
        String value = Objects.requireNonNullElse(sent.getLast(name), "");
        headers.put(name, isRelayed ? NatsHeaders.decode(value) : value);
      }
    }
    return headers;
  }
}
