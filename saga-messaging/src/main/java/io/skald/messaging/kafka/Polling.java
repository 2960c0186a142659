package io.skald.messaging.kafka;

import io.skald.messaging.Source;
import io.skald.messaging.internal.Incoming;
import io.skald.messaging.internal.Lanes;
import io.skald.messaging.internal.Settling;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client that polls, so that the group knows it is alive, while virtual threads receive what it
 * has found: of each partition one message at a time. A partition that has enough to do is paused.
 * Confined to one thread.
 */
final class Polling implements AutoCloseable, ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(Polling.class);

  /** How long what is being received is waited for when its partition goes: 5 s. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long a commit may take where the next owner of a partition waits for it. */
  private static final Duration COMMIT_MAX = Duration.ofSeconds(3);

  /** How long {@link #close} may take. */
  static final Duration CLOSE_MAX = PATIENCE.plus(COMMIT_MAX.multipliedBy(3));

  /** How long a poll waits, and with it what is settled for its commit: 50 ms. */
  private static final Duration POLL = Duration.ofMillis(50);

  /** From how many waiting messages on a partition is paused. */
  private static final int WAITING_MAX = 100;

  private final Consumer<byte[], byte[]> client;
  private final Source.Receiver receiver;
  private final Lanes<TopicPartition> lanes = new Lanes<>("skald-kafka-lane");
  private final Offsets offsets = new Offsets();

  Polling(Consumer<byte[], byte[]> client, Set<String> topics, Source.Receiver receiver) {
    this.client = client;
    this.receiver = receiver;
    client.subscribe(topics, this);
  }

  /** Polls once, and has committed what was settled until now. */
  void turn() {
    commit();
    ConsumerRecords<byte[], byte[]> records = client.poll(POLL);
    records.partitions().forEach(partition -> add(partition, records.records(partition)));
    pauseAndResume();
  }

  private void add(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
    Offsets.Offset offset = offsets.of(partition);
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Incoming incoming = KafkaMessage.incoming(record);
      lanes.add(
          partition,
          isEnded -> {
            if (Settling.isSettled(receiver, incoming, isEnded)) {
              offset.settled(record);
            }
          });
    }
  }

  private void pauseAndResume() {
    Set<TopicPartition> full = new HashSet<>();
    Set<TopicPartition> free = new HashSet<>();
    for (TopicPartition partition : client.assignment()) {
      boolean isFull = lanes.waiting(partition) >= WAITING_MAX;
      (isFull ? full : free).add(partition);
    }
    client.pause(full);
    client.resume(free);
  }

  /** One at a time, so that a later one is not overtaken by an earlier one. */
  private void commit() {
    Map<TopicPartition, OffsetAndMetadata> settled = offsets.toCommit();
    if (!settled.isEmpty() && offsets.begin()) {
      client.commitAsync(
          settled,
          (committed, failure) -> {
            offsets.end();
            if (failure == null) {
              offsets.committed(committed);
            } else {
              LOG.debug("Kafka: offsets are not committed; tried again", failure);
            }
          });
    }
  }

  // ---- partitions come and go, within a poll

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    // a partition has a lane as long as it has messages
  }

  /** The next owner begins where this one has committed. */
  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    lanes.end(partitions, PATIENCE);
    commitNow(offsets.toCommit(partitions));
    offsets.forget(partitions);
  }

  /** Others have had them for a while: a commit would take them back to where this one is. */
  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    lanes.end(partitions, PATIENCE);
    offsets.forget(partitions);
  }

  /** What cannot be committed is delivered again, and the inbox knows it. */
  private void commitNow(Map<TopicPartition, OffsetAndMetadata> settled) {
    if (settled.isEmpty()) {
      return;
    }
    try {
      client.commitSync(settled, COMMIT_MAX);
      offsets.committed(settled);
    } catch (KafkaException e) {
      LOG.warn("Kafka: what was settled last is not committed, and delivered again", e);
    }
  }

  /** Waits for what is being received, commits, and leaves the group. */
  @Override
  public void close() {
    try {
      lanes.close(PATIENCE);
      commitNow(offsets.toCommit());
    } finally {
      client.close(CloseOptions.timeout(COMMIT_MAX));
    }
  }
}
