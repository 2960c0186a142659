package io.skald.messaging.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The settings of Kafka's clients: what the caller says, what may be nothing else, and what holds
 * where the caller says nothing.
 */
final class KafkaSettings {
  private static final String BYTES = ByteArraySerializer.class.getName();

  /** What the relay's promises rest on: the first of each is set, the others say the same. */
  private static final Map<String, List<String>> FIXED =
      Map.of(
          ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG, List.of("false"),
          ProducerConfig.ACKS_CONFIG, List.of("all", "-1"),
          ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, List.of("true"),
          ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, List.of(BYTES),
          ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, List.of(BYTES));

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          // how long a look-up waits, and a relay's thread at most, if a topic is deleted
          ProducerConfig.MAX_BLOCK_MS_CONFIG,
          2_000L,
          ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
          10_000,
          // within the relay's patience: it would else send what the producer has not given up
          ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
          25_000,
          ProducerConfig.LINGER_MS_CONFIG,
          0L,
          // twice what a relay loads: a producer without room holds up whoever sends
          ProducerConfig.BUFFER_MEMORY_CONFIG,
          64L << 20,
          // what nobody sent to for long stays known, or the next message would wait for a look-up
          ProducerConfig.METADATA_MAX_IDLE_CONFIG,
          Duration.ofDays(3_650).toMillis());

  private final Map<String, Object> producer;
  private final Map<String, Object> admin;

  private KafkaSettings(Map<String, Object> producer, Map<String, Object> admin) {
    this.producer = producer;
    this.admin = admin;
  }

  /**
   * Checks and completes what a caller says.
   *
   * @throws IllegalArgumentException as {@link KafkaTransport#of}
   */
  static KafkaSettings of(Map<String, ?> config) {
    Object transaction = config.get(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    if (transaction != null) {
      throw refused(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transaction, "none");
    }
    var all = new HashMap<String, Object>(DEFAULTS);
    all.putAll(config);
    for (var fixed : FIXED.entrySet()) {
      Object said = config.get(fixed.getKey());
      if (said != null && !fixed.getValue().contains(text(said))) {
        throw refused(fixed.getKey(), said, fixed.getValue().getFirst());
      }
      all.put(fixed.getKey(), fixed.getValue().getFirst());
    }
    requireValid(all);
    return new KafkaSettings(Map.copyOf(all), ofAdmin(config));
  }

  private static String text(Object value) {
    return value instanceof Class<?> type ? type.getName() : value.toString();
  }

  /** A producer says the same, but not before the first message is sent. */
  private static void requireValid(Map<String, Object> all) {
    ProducerConfig config;
    try {
      config = new ProducerConfig(all);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    int delivery = config.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG);
    long least =
        config.getLong(ProducerConfig.LINGER_MS_CONFIG)
            + config.getInt(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG);
    if (delivery < least) {
      throw refused(
          ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
          delivery,
          ">= linger.ms + request.timeout.ms, which are " + least);
    }
  }

  private static Map<String, Object> ofAdmin(Map<String, ?> config) {
    return config.entrySet().stream()
        .filter(setting -> AdminClientConfig.configNames().contains(setting.getKey()))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static IllegalArgumentException refused(String name, Object actual, String expected) {
    return new IllegalArgumentException(name + ": " + actual + " (expected: " + expected + ")");
  }

  /** Those of a producer. */
  Map<String, Object> producer() {
    return producer;
  }

  /** Those of a client that asks about the cluster. */
  Map<String, Object> admin() {
    return admin;
  }
}
