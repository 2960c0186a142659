package io.skald.messaging.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far each partition is settled, and how far that is committed. Confined to the thread that
 * polls, but for {@link Offset#settled}.
 */
final class Offsets {
  private final Map<TopicPartition, Offset> offsets = new HashMap<>();
  private boolean isUnderWay;

  /** Of one partition, as long as it is this consumer's. */
  static final class Offset {
    private volatile @Nullable OffsetAndMetadata next;
    private @Nullable OffsetAndMetadata committed;

    /** The message is settled, and so are all before it. For the partition's own lane. */
    void settled(ConsumerRecord<byte[], byte[]> record) {
      next = new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), "");
    }

    private Optional<OffsetAndMetadata> toCommit() {
      OffsetAndMetadata settled = next;
      return settled == null || settled.equals(committed) ? Optional.empty() : Optional.of(settled);
    }
  }

  Offset of(TopicPartition partition) {
    return offsets.computeIfAbsent(partition, p -> new Offset());
  }

  Map<TopicPartition, OffsetAndMetadata> toCommit() {
    return toCommit(offsets.keySet());
  }

  Map<TopicPartition, OffsetAndMetadata> toCommit(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> settled = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Offset offset = offsets.get(partition);
      if (offset != null) {
        offset.toCommit().ifPresent(next -> settled.put(partition, next));
      }
    }
    return settled;
  }

  void committed(Map<TopicPartition, OffsetAndMetadata> settled) {
    settled.forEach(
        (partition, next) -> {
          Offset offset = offsets.get(partition);
          if (offset != null) {
            offset.committed = next;
          }
        });
  }

  void forget(Collection<TopicPartition> partitions) {
    partitions.forEach(offsets::remove);
  }

  /** False if a commit is under way already. */
  boolean begin() {
    boolean isFirst = !isUnderWay;
    isUnderWay = true;
    return isFirst;
  }

  /** It is not under way any more. */
  void end() {
    isUnderWay = false;
  }
}
