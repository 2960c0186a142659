package io.skald.messaging;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.kafka.KafkaServer;
import io.skald.messaging.kafka.KafkaTransport;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Consumers in processes of their own, which are killed while messages flow. */
@Timeout(180)
class KilledConsumersTest {
  private static final String TOPIC = "orders.placed";
  private static final int MESSAGES = 500;
  private static final int KEYS = 10;
  private static final int KILLS = 3;

  private final ConsumerScene scene = new ConsumerScene();
  private final List<Process> consumers = new ArrayList<>();
  @TempDir private Path folder;
  private KafkaServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        KafkaServer.start(
            Map.of(
                "group.initial.rebalance.delay.ms", "0",
                "group.min.session.timeout.ms", "500"));
    server.create(TOPIC, 4, Map.of());
  }

  @AfterEach
  void close() throws Exception {
    consumers.forEach(KilledConsumersTest::kill);
    scene.close();
    server.close();
  }

  private static void kill(Process process) {
    var unused = process.destroyForcibly().onExit().join();
  }

  private void startConsumer() throws Exception {
    consumers.add(ConsumerProcess.start(scene, server.address(), TOPIC, folder));
  }

  @Test
  void eachMessageIsHandledOnceThoughWhoHandlesItIsKilled() throws Exception {
    startConsumer();
    startConsumer();
    try (var transport = KafkaTransport.of(Map.of("bootstrap.servers", server.address()))) {
      int sent = 0;
      for (int kill = 1; kill <= KILLS; kill++) {
        sent = send(transport, sent, MESSAGES * kill / (KILLS + 1));
        int before = sent;
        awaitHandled(before / 2);
        // while more of it comes
        send(transport, sent, sent + 20);
        sent += 20;
        kill(consumers.removeFirst());
        startConsumer();
      }
      send(transport, sent, MESSAGES);
    }
    awaitHandled(MESSAGES);

    for (int key = 0; key < KEYS; key++) {
      int first = key;
      assertThat(scene.handled("key " + key))
          .containsExactlyElementsOf(
              IntStream.range(0, MESSAGES / KEYS)
                  .mapToObj(number -> String.valueOf(number * KEYS + first))
                  .toList());
    }
    assertThat(scene.dead()).isEmpty();
  }

  private void awaitHandled(int messages) {
    Awaitility.await("%s are handled".formatted(messages))
        .atMost(Duration.ofSeconds(60))
        .until(() -> scene.handled().size() >= messages);
  }

  private static int send(Transport transport, int from, int to) throws Exception {
    for (int number = from; number < to; number++) {
      var message =
          new OutboxMessage(
              number,
              UUID.randomUUID(),
              0,
              Topic.ordered(TOPIC),
              "key " + number % KEYS,
              String.valueOf(number).getBytes(StandardCharsets.UTF_8),
              Map.of(),
              0,
              Instant.now());
      transport.send(message).toCompletableFuture().get(30, SECONDS);
    }
    return to;
  }
}
