package io.skald.messaging.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a whole topic as it is at this moment. */
public final class KafkaReader {
  private KafkaReader() {}

  /** Each partition in its order, one after the other. */
  public static List<ConsumerRecord<byte[], byte[]>> readAll(KafkaServer server, String topic) {
    var config =
        Map.<String, Object>of("bootstrap.servers", server.address(), "max.poll.records", 10_000);
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (var partition : consumer.partitionsFor(topic)) {
        records.addAll(readAll(consumer, new TopicPartition(topic, partition.partition())));
      }
      return records;
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    while (consumer.position(partition) < end) {
      consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
    }
    return records;
  }
}
