package io.skald.messaging;

import io.skald.messaging.kafka.KafkaSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A consumer in a process of its own, which is killed. */
final class ConsumerProcess {
  private ConsumerProcess() {}

  /** Consumes until it is killed. */
  public static void main(String[] arguments) throws InterruptedException {
    var scene = new ConsumerScene(arguments[0], arguments[1]);
    var source =
        KafkaSource.of(
            Map.of(
                "bootstrap.servers", arguments[2],
                "session.timeout.ms", 1_000,
                "heartbeat.interval.ms", 200));
    var unused = scene.open(scene.consumer().on(arguments[3], scene::write), source);
    Thread.currentThread().join();
  }

  /** Starts one, whose database is that of the scene. */
  static Process start(ConsumerScene scene, String broker, String topic, Path folder)
      throws IOException {
    return ChildJvm.start(
        ConsumerProcess.class,
        folder.resolve("consumer.log").toFile(),
        OutboxScene.url(),
        scene.schema,
        broker,
        topic);
  }
}
