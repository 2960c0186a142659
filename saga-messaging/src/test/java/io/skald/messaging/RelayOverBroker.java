package io.skald.messaging;

import static io.skald.messaging.OutboxScene.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.messaging.TransportContract.Received;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From a transaction to a consumer, on a real broker and a real database. */
@Timeout(240)
abstract class RelayOverBroker {
  private static final int KEYS = 64;
  private static final int EACH = 60;
  private static final int RELAYS = 4;

  private final OutboxScene scene = new OutboxScene();
  private final List<Transport> transports = new ArrayList<>();

  /** Starts a broker that takes messages to a topic. */
  abstract void startBroker(String topic) throws Exception;

  /** A transport with a connection of its own, as in a process of its own. */
  abstract Transport connect() throws Exception;

  abstract void killBroker();

  abstract void restartBroker();

  /** Ends it, if it was started. */
  abstract void stopBroker() throws Exception;

  /** All it has of a topic, in its order. */
  abstract List<Received> received(String topic) throws Exception;

  @BeforeEach
  void start() throws Exception {
    startBroker(STRICT.name());
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
    transports.forEach(Transport::close);
    stopBroker();
  }

  private void publishAll() throws Exception {
    for (int number = 0; number < EACH; number++) {
      for (int key = 0; key < KEYS; key++) {
        scene.publish(STRICT, "key " + key, String.valueOf(number));
      }
    }
  }

  @Test
  void relaysLoseNothingAndKeepTheOrderOfKeysThoughTheBrokerIsKilled() throws Exception {
    for (int relay = 0; relay < RELAYS; relay++) {
      transports.add(connect());
      scene.open(transports.getLast());
    }
    try (ExecutorService publisher = Executors.newSingleThreadExecutor()) {
      Future<?> publishing =
          publisher.submit(
              () -> {
                publishAll();
                return null;
              });
      OutboxScene.await("some are sent").until(() -> scene.count("SENT") > KEYS * EACH / 10);
      killBroker();
      assertThat(scene.count("SENT")).as("killed in the middle").isLessThan(KEYS * EACH);
      restartBroker();
      publishing.get();
    }
    OutboxScene.await("all are sent")
        .atMost(Duration.ofSeconds(90))
        .until(() -> scene.count("SENT") == KEYS * EACH);

    assertInOrder(received(STRICT.name()));
  }

  /** Each key in its order, for whoever leaves out repeats. */
  private static void assertInOrder(List<Received> received) {
    Map<String, Map<UUID, String>> firsts = new LinkedHashMap<>();
    for (Received message : received) {
      firsts
          .computeIfAbsent(message.key(), key -> new LinkedHashMap<>())
          .putIfAbsent(message.id(), new String(message.payload(), StandardCharsets.UTF_8));
    }
    assertThat(firsts).hasSize(KEYS);
    assertThat(firsts.values())
        .allSatisfy(
            payloads -> assertThat(payloads.values()).containsExactly(OutboxScene.numbers(EACH)));
  }
}
