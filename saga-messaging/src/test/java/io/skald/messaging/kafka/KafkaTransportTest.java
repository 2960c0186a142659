package io.skald.messaging.kafka;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import io.skald.messaging.TransportContract;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, and what is Kafka's alone, on a real broker. */
class KafkaTransportTest extends TransportContract {
  private static KafkaServer server;

  private final KafkaTransport transport = KafkaTransport.of(config());

  @BeforeAll
  static void start() throws Exception {
    server = KafkaServer.start(Map.of());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void close() {
    transport.close();
  }

  /** Impatient, so that what nobody answers is over soon. */
  private static Map<String, Object> config() {
    return Map.of(
        "bootstrap.servers",
        server.address(),
        "request.timeout.ms",
        2_000,
        "delivery.timeout.ms",
        4_000);
  }

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected void create(String topic) {
    create(topic, Map.of());
  }

  private static void create(String topic, Map<String, String> settings) {
    try {
      server.create(topic, 3, settings);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected List<Received> received(String topic) {
    return KafkaReader.readAll(server, topic).stream().map(KafkaTransportTest::received).toList();
  }

  private static Received received(ConsumerRecord<byte[], byte[]> record) {
    var headers = new LinkedHashMap<String, String>();
    for (Header header : record.headers()) {
      headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    var id = UUID.fromString(headers.remove("skald-message-id"));
    long position = Long.parseLong(headers.remove("skald-position"));
    String key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
    return new Received(id, position, key, record.value(), headers);
  }

  @Override
  protected int tooLarge() {
    return 2 << 20;
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() {
    try {
      server.restart();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static OutboxMessage message(String topic, String key, int size) {
    return message(topic, key, new byte[size], Map.of());
  }

  private static void send(Transport to, OutboxMessage message) throws Exception {
    to.send(message).toCompletableFuture().get(30, SECONDS);
  }

  private void assertRefused(OutboxMessage message, String reason) {
    assertThatThrownBy(() -> send(transport, message))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(RefusedMessageException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void messagesOfAKeyAreInOnePartitionAndHaveTheTimeTheyWerePublishedAt() throws Exception {
    create("partitions");
    List<OutboxMessage> messages = new ArrayList<>();
    for (int number = 0; number < 20; number++) {
      messages.add(message("partitions", "order " + number % 4, 10));
      send(transport, messages.getLast());
    }
    var records = KafkaReader.readAll(server, "partitions");
    assertThat(records.stream().map(r -> Arrays.hashCode(r.key()) + " " + r.partition()).distinct())
        .hasSize(4);
    assertThat(records)
        .extracting(ConsumerRecord::timestamp)
        .containsExactlyInAnyOrderElementsOf(
            messages.stream().map(message -> message.publishedAt().toEpochMilli()).toList());
  }

  @Test
  void refusesWhatTheTopicHasNoRoomForAndSendsWhatIsUnderWayBesideIt() throws Exception {
    create("narrow", Map.of("max.message.bytes", "5000"));
    List<OutboxMessage> messages = new ArrayList<>();
    for (int number = 0; number < 100; number++) {
      messages.add(message("narrow", "key", number == 50 ? 6_000 : 100));
    }
    // the producer puts them into batches
    var answers = messages.stream().map(m -> transport.send(m).toCompletableFuture()).toList();
    for (int number = 0; number < 100; number++) {
      if (number == 50) {
        assertThatThrownBy(() -> answers.get(50).get(30, SECONDS))
            .cause()
            .isInstanceOf(RefusedMessageException.class)
            .hasMessageContaining("RecordTooLargeException");
      } else {
        answers.get(number).get(30, SECONDS);
      }
    }
    assertThat(received("narrow")).hasSize(99);
  }

  @Test
  void refusesAMessageWithoutAKeyToATopicThatKeepsTheLastOfEachKey() {
    create("compacted", Map.of("cleanup.policy", "compact"));
    assertRefused(message("compacted", null, 10), "InvalidRecordException");
  }

  @Test
  void aTopicThatIsDeletedIsLookedUpAnewAndRefused() throws Exception {
    create("deleted");
    send(transport, message("deleted", "key", 10));
    server.delete("deleted");
    assertThatThrownBy(() -> send(transport, message("deleted", "key", 10)))
        .isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> send(transport, message("deleted", "key", 10)))
        .cause()
        .isInstanceOf(RefusedMessageException.class)
        .hasMessage("the cluster has no topic deleted");
  }

  /** As one is whose thread died, or that lost what it knew of its sequence. */
  @Test
  void aProducerThatWillNeverWorkAgainIsReplaced() throws Exception {
    create("replaced");
    List<Producer<byte[], byte[]>> made = new CopyOnWriteArrayList<>();
    var settings = KafkaSettings.of(config());
    try (var replacing =
        new KafkaTransport(
            () -> {
              made.add(new KafkaProducer<>(settings.producer()));
              return made.getLast();
            },
            new MissingTopics(settings.admin()))) {
      send(replacing, message("replaced", "key", 10));
      made.getFirst().close();
      assertThatThrownBy(() -> send(replacing, message("replaced", "key", 10)))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isNotInstanceOf(RefusedMessageException.class);
      send(replacing, message("replaced", "key", 10));
      assertThat(made).hasSize(2);
      assertThat(received("replaced")).hasSize(2);
    }
  }

  @Test
  void closesInABoundedTimeWhileTheBrokerIsAwayAndSendsNothingMore() throws Exception {
    create("closed");
    send(transport, message("closed", "key", 10));
    stopBroker();
    try {
      var underWay = transport.send(message("closed", "key", 10)).toCompletableFuture();
      long begin = System.nanoTime();
      transport.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
      assertThatThrownBy(() -> underWay.get(1, SECONDS)).isInstanceOf(ExecutionException.class);
    } finally {
      startBroker();
    }
    for (String topic : List.of("closed", "unheard-of")) {
      assertThatThrownBy(() -> send(transport, message(topic, "key", 10)))
          .hasMessageContaining("closed");
    }
    assertThat(received("closed")).hasSize(1);
  }

  @Test
  void refusesSettingsThatContradictTheRelaysPromises() {
    assertRefused("acks", 1, "acks: 1 (expected: all)");
    assertRefused("enable.idempotence", "false", "enable.idempotence: false (expected: true)");
    assertRefused(
        "partitioner.ignore.keys", true, "partitioner.ignore.keys: true (expected: false)");
    assertRefused("transactional.id", "tx", "transactional.id: tx (expected: none)");
    assertRefused("value.serializer", StringSerializer.class, "ByteArraySerializer)");
    assertRefused("delivery.timeout.ms", 9_000, "(expected: >= linger.ms + request.timeout.ms");
    assertRefused("max.in.flight.requests.per.connection", 6, "max.in.flight");
    assertRefused("linger.ms", "soon", "linger.ms");
    assertThatThrownBy(() -> KafkaTransport.of(Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bootstrap.servers");
  }

  private static void assertRefused(String name, Object value, String message) {
    var config = Map.of("bootstrap.servers", server.address(), name, value);
    assertThatThrownBy(() -> KafkaTransport.of(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void takesSettingsThatSayTheSameAndThoseThatAreTheCallers() throws Exception {
    create("settings");
    var config =
        Map.of(
            "bootstrap.servers",
            server.address(),
            "acks",
            "-1",
            "enable.idempotence",
            true,
            "client.id",
            "orders",
            "linger.ms",
            5);
    try (var other = KafkaTransport.of(config)) {
      send(other, message("settings", "key", 10));
    }
    assertThat(received("settings")).hasSize(1);
  }
}
