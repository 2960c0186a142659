package io.skald.messaging;

import static io.skald.messaging.OutboxScene.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.messaging.kafka.KafkaReader;
import io.skald.messaging.kafka.KafkaServer;
import io.skald.messaging.kafka.KafkaTransport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From a transaction to Kafka's partitions, on a real broker and a real database. */
@Timeout(240)
class RelayOverKafkaTest {
  private static final int KEYS = 64;
  private static final int EACH = 60;
  private static final int RELAYS = 8;

  private final OutboxScene scene = new OutboxScene();
  private final List<KafkaTransport> transports = new ArrayList<>();
  private KafkaServer server;

  @BeforeEach
  void start() throws Exception {
    server = KafkaServer.start(Map.of());
    server.create(STRICT.name(), 6, Map.of());
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
    transports.forEach(KafkaTransport::close);
    server.close();
  }

  /** One with a producer of its own, as in a process of its own. */
  private void openRelay() {
    var transport = KafkaTransport.of(Map.of("bootstrap.servers", server.address()));
    transports.add(transport);
    scene.open(transport);
  }

  private void publishAll() throws Exception {
    for (int number = 0; number < EACH; number++) {
      for (int key = 0; key < KEYS; key++) {
        scene.publish(STRICT, "key " + key, String.valueOf(number));
      }
    }
  }

  @Test
  void eightRelaysLoseNothingAndKeepTheOrderOfKeysThoughTheBrokerIsKilled() throws Exception {
    for (int relay = 0; relay < RELAYS; relay++) {
      openRelay();
    }
    try (ExecutorService publisher = Executors.newSingleThreadExecutor()) {
      Future<?> publishing =
          publisher.submit(
              () -> {
                publishAll();
                return null;
              });
      OutboxScene.await("some are sent").until(() -> scene.count("SENT") > KEYS * EACH / 10);
      server.kill();
      int sent = scene.count("SENT");
      assertThat(sent).as("it was killed in the middle").isLessThan(KEYS * EACH);
      server.restart();
      publishing.get();
    }
    OutboxScene.await("all are sent")
        .atMost(Duration.ofSeconds(90))
        .until(() -> scene.count("SENT") == KEYS * EACH);

    assertInOrder(KafkaReader.readAll(server, STRICT.name()));
  }

  /** Each key in one partition, and in its order for whoever leaves out repeats. */
  private static void assertInOrder(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Integer> partitions = new HashMap<>();
    Map<String, Map<String, String>> firsts = new HashMap<>();
    for (var record : records) {
      String key = text(record.key());
      assertThat(partitions.computeIfAbsent(key, k -> record.partition()))
          .isEqualTo(record.partition());
      String id = text(record.headers().lastHeader("skald-message-id").value());
      firsts.computeIfAbsent(key, k -> new LinkedHashMap<>()).putIfAbsent(id, text(record.value()));
    }
    assertThat(partitions.values().stream().distinct()).hasSizeGreaterThan(1);
    assertThat(firsts).hasSize(KEYS);
    assertThat(firsts.values())
        .allSatisfy(
            payloads -> assertThat(payloads.values()).containsExactly(OutboxScene.numbers(EACH)));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
