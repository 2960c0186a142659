package io.skald.messaging.kafka;

import io.skald.messaging.Source;
import io.skald.messaging.internal.Keeping;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * Apache Kafka, as a consumer sees it: a group of the consumer's name, whose offsets are committed
 * when messages are settled. Safe for use by several threads.
 *
 * <pre>{@code
 * KafkaSource.of(Map.of("bootstrap.servers", "kafka-1:9092,kafka-2:9092"))
 * }</pre>
 */
public final class KafkaSource implements Source {
  private final Map<String, Object> settings;

  private KafkaSource(Map<String, Object> settings) {
    this.settings = settings;
  }

  /**
   * A source at a cluster, which need not be there yet.
   *
   * @param config the settings of Kafka's consumer, {@code bootstrap.servers} at least. {@code
   *     enable.auto.commit} is false, the deserializers are of bytes, and the group is the
   *     consumer's name. Where nothing is said {@code auto.offset.reset} is {@code earliest},
   *     {@code isolation.level} {@code read_committed}, {@code max.poll.records} 100, {@code
   *     metadata.max.age.ms} 30 s, {@code allow.auto.create.topics} false, the assignor the
   *     cooperative one, and everything else what Kafka has
   * @throws IllegalArgumentException if a setting contradicts one of the first three, or is none
   *     Kafka takes
   */
  public static KafkaSource of(Map<String, ?> config) {
    return new KafkaSource(ConsumerSettings.of(config));
  }

  @Override
  public Subscription subscribe(String consumer, Set<String> topics, Receiver receiver) {
    var ofGroup = new HashMap<>(settings);
    ofGroup.put(ConsumerConfig.GROUP_ID_CONFIG, consumer);
    return Keeping.open(
        "kafka-" + consumer,
        stopping -> {
          try (var polling = new Polling(new KafkaConsumer<>(ofGroup), topics, receiver)) {
            while (stopping.getCount() > 0) {
              polling.turn();
            }
          }
        },
        Polling.CLOSE_MAX);
  }
}
