package io.skald.benchmarks;

import io.skald.messaging.Relay;
import io.skald.messaging.kafka.KafkaServer;
import io.skald.messaging.kafka.KafkaTransport;
import io.skald.store.jooq.JooqOutboxStore;
import io.skald.store.jooq.SkaldSchema;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * How many messages a second get from a full table to Kafka: by the relay, by hand, and without any
 * table; then how long one takes.
 */
final class Relaying {
  static final String SCHEMA = "skald_relay";

  /** What a key's bucket is does not matter here, as long as it has one. */
  private static final String FILL =
      """
      truncate skald_relay.saga_outbox;
      insert into skald_relay.saga_outbox (id, bucket, topic, ordering, key, payload, headers)
      select gen_random_uuid(), n %% %2$d %% 64, '%1$s', 'STRICT', 'order-' || n %% %2$d,
        convert_to(replace('%3$s', '%%d', n::text), 'UTF8'), '%4$s'
      from generate_series(1, %5$d) n
      """;

  private static final String SENT =
      "select count(*) from skald_relay.saga_outbox where status = 'SENT'";

  private final Server server;
  private final Options options;
  private final KafkaTransport transport;
  private final JooqOutboxStore store;
  private final HandWrittenRelay byHand;
  private final Producer<byte[], byte[]> producer;

  private Relaying(
      Server server,
      Options options,
      Pool pool,
      KafkaTransport transport,
      Producer<byte[], byte[]> producer)
      throws Exception {
    this.server = server;
    this.options = options;
    this.transport = transport;
    this.producer = producer;
    new SkaldSchema(pool.dataSource(), SCHEMA).migrate();
    this.store = JooqOutboxStore.of(pool.dataSource(), SCHEMA);
    this.byHand = new HandWrittenRelay(server, producer);
  }

  /** Measures and prints. */
  static void report(Server server, Options options, PrintStream out) throws Exception {
    try (KafkaServer broker = KafkaServer.start(Map.of());
        Pool pool = new Pool(server, "relay", 12);
        KafkaTransport transport =
            KafkaTransport.of(Map.of("bootstrap.servers", broker.address()));
        Producer<byte[], byte[]> producer = PlacedOrders.producer(broker)) {
      PlacedOrders.createTopic(broker);
      var relaying = new Relaying(server, options, pool, transport, producer);
      relaying.throughput(out);
      new DeliveryLatency(broker, pool, relaying.store, transport).report(out);
    }
  }

  private void throughput(PrintStream out) throws Exception {
    warmUp();
    List<Double> limits = new ArrayList<>();
    Pairs pairs =
        Pairs.of(
            options.rounds(),
            () -> {
              limits.add(withoutTable());
              return handWritten();
            },
            this::relayed);
    out.printf("%n%,d messages of 300 bytes in a table%n%n", options.sagas());
    pairs.print(out, "messages", "by hand", "relay");
    double[] sorted = limits.stream().mapToDouble(limit -> limit).sorted().toArray();
    out.printf(Locale.ROOT, "%na producer without a table: %,.0f/s%n", Sample.middle(sorted));
    if (options.profiles() != null) {
      var unused = new Profile(options.profiles(), server).of("relay", this::relayed);
    }
  }

  private void warmUp() throws Exception {
    long end = System.nanoTime() + 2 * options.warmUp().toNanos();
    while (System.nanoTime() < end) {
      double unused = relayed();
      unused = handWritten();
    }
    double unused = withoutTable();
  }

  private double handWritten() throws Exception {
    byHand.fill(options.sagas());
    return byHand.perSecond(options.round());
  }

  private double relayed() throws Exception {
    server.execute(
        FILL.formatted(
            PlacedOrders.TOPIC,
            PlacedOrders.KEYS,
            PlacedOrders.PAYLOAD,
            PlacedOrders.HEADERS,
            options.sagas()));
    server.execute("vacuum (analyze) skald_relay.saga_outbox");
    long begin = System.nanoTime();
    try (Relay relay = Relay.builder(store, transport).build()) {
      relay.open();
      Thread.sleep(options.round());
    }
    long nanos = System.nanoTime() - begin;
    long sent = Long.parseLong(server.query(SENT));
    if (sent == 0 || sent == options.sagas()) {
      throw new IllegalStateException(
          "%d messages sent (expected: some, and not all of --sagas)".formatted(sent));
    }
    return sent * 1e9 / nanos;
  }

  /** What the broker takes of one producer. */
  private double withoutTable() {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int number = 0; number < PlacedOrders.KEYS; number++) {
      byte[] payload = PlacedOrders.payload(number).getBytes(StandardCharsets.UTF_8);
      records.add(
          PlacedOrders.record(
              UUID.randomUUID(), number, PlacedOrders.key(number), payload, PlacedOrders.HEADERS));
    }
    var kept = new LongAdder();
    long begin = System.nanoTime();
    for (int next = 0; System.nanoTime() - begin < options.round().toNanos(); next++) {
      var unused =
          producer.send(
              records.get(next % PlacedOrders.KEYS), (answer, failure) -> kept.increment());
    }
    producer.flush();
    return kept.sum() * 1e9 / (System.nanoTime() - begin);
  }
}
