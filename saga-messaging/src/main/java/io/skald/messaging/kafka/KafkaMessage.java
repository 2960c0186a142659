package io.skald.messaging.kafka;

import io.skald.messaging.internal.Incoming;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** A record as a message. */
final class KafkaMessage {
  private static final String ID = "skald-message-id";

  private KafkaMessage() {}

  /** Its place is an id as long as nobody copies the topic. */
  static Incoming incoming(ConsumerRecord<byte[], byte[]> record) {
    Map<String, String> headers = new HashMap<>();
    record.headers().forEach(header -> headers.put(header.key(), textOf(header.value())));
    byte @Nullable [] key = record.key();
    byte[] payload = Optional.ofNullable(record.value()).orElseGet(() -> new byte[0]);
    return Incoming.of(
        record.topic(),
        id(record),
        record.topic() + "/" + record.partition() + "/" + record.offset(),
        key == null ? null : Incoming.text(key),
        payload,
        headers);
  }

  private static @Nullable String id(ConsumerRecord<byte[], byte[]> record) {
    Header id = record.headers().lastHeader(ID);
    return id == null ? null : textOf(id.value());
  }

  private static String textOf(byte @Nullable [] bytes) {
    return bytes == null ? "" : Incoming.text(bytes);
  }
}
