package io.skald.messaging.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The settings of Kafka's consumer: what the caller says, what may be nothing else, and what holds
 * where the caller says nothing.
 */
final class ConsumerSettings {
  private static final String BYTES = ByteArrayDeserializer.class.getName();

  /** What the promises rest on. */
  private static final Map<String, String> FIXED =
      Map.of(
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
          ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, BYTES,
          ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, BYTES);

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          // what was sent before the group was there is to be handled as well
          ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
          "earliest",
          ConsumerConfig.ISOLATION_LEVEL_CONFIG,
          "read_committed",
          // a wrong name is not to make a topic
          ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
          false,
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
          100,
          // a topic that is made later is found within
          ConsumerConfig.METADATA_MAX_AGE_CONFIG,
          30_000L);

  private ConsumerSettings() {}

  /**
   * Checks and completes what a caller says; without a group.
   *
   * @throws IllegalArgumentException as {@link KafkaSource#of}
   */
  static Map<String, Object> of(Map<String, ?> config) {
    Object group = config.get(ConsumerConfig.GROUP_ID_CONFIG);
    if (group != null) {
      throw refused(ConsumerConfig.GROUP_ID_CONFIG, group, "none; it is the consumer's name");
    }
    var all = new HashMap<String, Object>(DEFAULTS);
    if (!"consumer".equalsIgnoreCase(String.valueOf(config.get("group.protocol")))) {
      // who has a partition and keeps it is not disturbed while others move
      all.put(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          List.of(CooperativeStickyAssignor.class.getName()));
    }
    all.putAll(config);
    FIXED.forEach(
        (name, value) -> {
          Object said = config.get(name);
          if (said != null && !value.equals(text(said))) {
            throw refused(name, said, value);
          }
          all.put(name, value);
        });
    requireValid(all);
    return Map.copyOf(all);
  }

  private static String text(Object value) {
    return value instanceof Class<?> type ? type.getName() : value.toString();
  }

  /** A consumer says the same, but not before it is opened. */
  private static void requireValid(Map<String, Object> all) {
    try {
      var unused = new ConsumerConfig(all);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static IllegalArgumentException refused(String name, Object actual, String expected) {
    return new IllegalArgumentException(name + ": " + actual + " (expected: " + expected + ")");
  }
}
