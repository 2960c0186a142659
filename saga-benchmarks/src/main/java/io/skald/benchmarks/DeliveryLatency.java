package io.skald.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.skald.messaging.Relay;
import io.skald.messaging.Transport;
import io.skald.messaging.kafka.KafkaServer;
import io.skald.saga.participant.Message;
import io.skald.store.jooq.JooqOutbox;
import io.skald.store.jooq.JooqOutboxStore;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * How long a message takes from its COMMIT to a consumer, when a thousand a second are published in
 * transactions of one insert and one message each.
 */
final class DeliveryLatency {
  private static final int PER_SECOND = 1_000;
  private static final int PUBLISHERS = 8;

  /** Published first, and not counted. */
  private static final int WARM_UP = 10 * PER_SECOND;

  private static final int COUNTED = 20 * PER_SECOND;
  private static final int ALL = WARM_UP + COUNTED;
  private static final Duration ARRIVAL_MAX = Duration.ofSeconds(30);

  private static final String TABLES =
      """
      truncate skald_relay.saga_outbox;
      drop table if exists skald_relay.placed;
      create table skald_relay.placed (number bigint primary key, customer text not null)
      """;

  private static final String INSERT =
      """
      insert into skald_relay.placed (number, customer)
      values (?, ?)
      """;

  private final KafkaServer broker;
  private final Pool pool;
  private final JooqOutboxStore store;
  private final Transport transport;
  private final AtomicLongArray committing = new AtomicLongArray(ALL);
  private final AtomicLongArray committed = new AtomicLongArray(ALL);
  private final AtomicLongArray arrived = new AtomicLongArray(ALL);

  DeliveryLatency(KafkaServer broker, Pool pool, JooqOutboxStore store, Transport transport) {
    this.broker = broker;
    this.pool = pool;
    this.store = store;
    this.transport = transport;
  }

  void report(PrintStream out) throws Exception {
    try (Connection connection = pool.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TABLES);
    }
    try (Relay relay = Relay.builder(store, transport).build();
        KafkaConsumer<byte[], byte[]> consumer = consumer();
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS + 1)) {
      relay.open();
      Future<?> arrivals = threads.submit(() -> receiveAll(consumer));
      double perSecond = publishAll(relay, threads);
      var unused = arrivals.get();
      print(out, perSecond);
    }
  }

  /** At the end of each partition; the rounds before have filled them. */
  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> config = Map.of("bootstrap.servers", broker.address());
    var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(PlacedOrders.TOPIC.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    return consumer;
  }

  private double publishAll(Relay relay, ExecutorService threads) throws Exception {
    var outbox =
        JooqOutbox.builder()
            .schema(Relaying.SCHEMA)
            .topic(PlacedOrders.TOPIC)
            .hint(relay::wake)
            .build();
    long begin = System.nanoTime();
    List<Future<?>> publishers = new ArrayList<>();
    for (int first = 0; first < PUBLISHERS; first++) {
      int number = first;
      publishers.add(
          threads.submit(
              () -> {
                publish(outbox, number, begin);
                return null;
              }));
    }
    for (Future<?> publisher : publishers) {
      var unused = publisher.get();
    }
    return ALL * 1e9 / (System.nanoTime() - begin);
  }

  /** Each at its time, or as soon after it as can be. */
  private void publish(JooqOutbox outbox, int first, long begin) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection();
        PreparedStatement insert = connection.prepareStatement(INSERT)) {
      connection.setAutoCommit(false);
      for (int number = first; number < ALL; number += PUBLISHERS) {
        long due = begin + number * 1_000_000_000L / PER_SECOND;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        insert.setLong(1, number);
        insert.setString(2, "customer-4711");
        insert.executeUpdate();
        outbox.publish(
            connection,
            Message.of(PlacedOrders.TOPIC, PlacedOrders.key(number), PlacedOrders.payload(number))
                .withHeader("number", Integer.toString(number)));
        committing.set(number, System.nanoTime());
        connection.commit();
        committed.set(number, System.nanoTime());
      }
    }
  }

  private void receiveAll(KafkaConsumer<byte[], byte[]> consumer) {
    int left = ALL;
    long last = System.nanoTime();
    while (left > 0) {
      for (var record : consumer.poll(Duration.ofMillis(100))) {
        last = System.nanoTime();
        int number =
            Integer.parseInt(new String(record.headers().lastHeader("number").value(), UTF_8));
        if (arrived.compareAndSet(number, 0, last)) {
          left--;
        }
      }
      if (System.nanoTime() - last > ARRIVAL_MAX.toNanos()) {
        throw new IllegalStateException(left + " messages have not arrived (expected: all)");
      }
    }
  }

  private void print(PrintStream out, double perSecond) {
    out.printf(Locale.ROOT, "%n%,.0f messages published a second; ms:%n%n", perSecond);
    out.printf("| | p50 | p99 | most |%n|---|---:|---:|---:|%n");
    print(out, "COMMIT", committed);
    print(out, "from its begin to a consumer", arrived);
  }

  private void print(PrintStream out, String what, AtomicLongArray ends) {
    double[] millis = new double[COUNTED];
    for (int number = 0; number < COUNTED; number++) {
      int counted = WARM_UP + number;
      millis[number] = (ends.get(counted) - committing.get(counted)) / 1e6;
    }
    Arrays.sort(millis);
    out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.1f |%n",
        what,
        millis[COUNTED / 2],
        millis[COUNTED * 99 / 100],
        millis[COUNTED - 1]);
  }
}
