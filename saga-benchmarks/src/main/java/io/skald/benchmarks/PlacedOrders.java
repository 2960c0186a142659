package io.skald.benchmarks;

import io.skald.messaging.kafka.KafkaServer;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What the messages of a benchmark say, and what sends them where no relay does. */
final class PlacedOrders {
  static final Topic TOPIC = Topic.ordered("orders.placed");

  /** How many orders they are about. */
  static final int KEYS = 5_000;

  private static final int PARTITIONS = 6;

  /** Some 300 bytes, with a number in them. */
  static final String PAYLOAD =
      "{\"number\":%d,\"customer\":\"customer-4711\",\"address\":\"12 Harbour Street, 20457"
          + " Hamburg\",\"cents\":4711,\"lines\":["
          + "{\"article\":\"A-1000\",\"pieces\":1},{\"article\":\"A-1001\",\"pieces\":2},"
          + "{\"article\":\"A-1002\",\"pieces\":3},{\"article\":\"A-1003\",\"pieces\":4},"
          + "{\"article\":\"A-1004\",\"pieces\":5}]}";

  static final String HEADERS = "{\"content-type\":\"application/json\"}";

  private PlacedOrders() {}

  static void createTopic(KafkaServer broker) throws Exception {
    broker.create(TOPIC.name(), PARTITIONS, Map.of());
  }

  static String payload(int number) {
    return PAYLOAD.formatted(number);
  }

  static String key(int number) {
    return "order-" + number % KEYS;
  }

  /** A producer with the settings of the relay's. */
  static KafkaProducer<byte[], byte[]> producer(KafkaServer broker) {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.address(),
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.LINGER_MS_CONFIG,
            0);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static ProducerRecord<byte[], byte[]> record(
      UUID id, long position, String key, byte[] payload, String headers) {
    var record = new ProducerRecord<>(TOPIC.name(), key.getBytes(StandardCharsets.UTF_8), payload);
    var unused =
        record
            .headers()
            .add("headers", headers.getBytes(StandardCharsets.UTF_8))
            .add("skald-message-id", id.toString().getBytes(StandardCharsets.UTF_8))
            .add("skald-position", Long.toString(position).getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
