package io.skald.messaging.kafka;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A Kafka broker in a process of its own, at one address of the loopback interface for as long as
 * this lives, however often it is killed.
 */
public final class KafkaServer implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final int ASK_MAX_MILLIS = 2_000;

  private final Path directory;
  private final String address;
  private volatile Process broker;

  private KafkaServer(Path directory, String address) throws IOException {
    this.directory = directory;
    this.address = address;
    this.broker = launch();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> broker.destroyForcibly()));
  }

  /**
   * Starts a broker, alone and its own controller.
   *
   * @param settings what differs from what suits a small one
   */
  public static KafkaServer start(Map<String, String> settings) throws Exception {
    Path directory = Files.createTempDirectory("skald-kafka");
    String address = "127.0.0.1:" + freePort();
    var all = new LinkedHashMap<>(settings(directory, address, "127.0.0.1:" + freePort()));
    all.putAll(settings);
    List<String> lines =
        all.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    Files.write(settingsFile(directory), lines);
    format(directory);
    var server = new KafkaServer(directory, address);
    server.awaitReady();
    return server;
  }

  private static Map<String, String> settings(Path directory, String address, String controller) {
    var settings = new LinkedHashMap<String, String>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@" + controller);
    settings.put("listeners", "PLAINTEXT://" + address + ",CONTROLLER://" + controller);
    settings.put("advertised.listeners", "PLAINTEXT://" + address);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("log.dirs", directory.resolve("data").toString());
    settings.put("auto.create.topics.enable", "false");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "1");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("log.cleaner.dedupe.buffer.size", "2097152");
    // after a crash it is let in again when its former self counts as dead
    settings.put("broker.session.timeout.ms", "1000");
    settings.put("broker.heartbeat.interval.ms", "200");
    return settings;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void format(Path directory) throws IOException, InterruptedException {
    String id = Uuid.randomUuid().toString();
    String settings = settingsFile(directory).toString();
    Process format = run(directory, "kafka.tools.StorageTool", "format", "-t", id, "-c", settings);
    if (format.waitFor() != 0) {
      throw new IOException("the broker's disk cannot be formatted\n" + log(directory));
    }
  }

  private Process launch() throws IOException {
    return run(directory, "kafka.Kafka", settingsFile(directory).toString());
  }

  private static Path settingsFile(Path directory) {
    return directory.resolve("server.properties");
  }

  private static Process run(Path directory, String main, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                // it lives for seconds, on processors it shares with the tests
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    File output = directory.resolve("broker.log").toFile();
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        .start();
  }

  private static String log(Path directory) {
    try {
      return Files.readString(directory.resolve("broker.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady() throws Exception {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (!isReady()) {
      if (!broker.isAlive() || System.nanoTime() - end > 0) {
        broker.destroyForcibly();
        throw new IOException("the broker does not start\n" + log(directory));
      }
    }
  }

  /** A broker that was just let in leads nothing yet. */
  private boolean isReady() throws Exception {
    try (Admin admin = admin()) {
      Set<String> topics = admin.listTopics().names().get(ASK_MAX_MILLIS, TimeUnit.MILLISECONDS);
      return admin.describeTopics(topics).allTopicNames().get().values().stream()
          .flatMap(topic -> topic.partitions().stream())
          .allMatch(partition -> partition.leader() != null);
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  private Admin admin() {
    return Admin.create(
        Map.of(
            "bootstrap.servers", address,
            "request.timeout.ms", ASK_MAX_MILLIS,
            "default.api.timeout.ms", ASK_MAX_MILLIS));
  }

  /** Where clients find it. */
  public String address() {
    return address;
  }

  /** Makes a topic, with settings that differ from the broker's. */
  public void create(String topic, int partitions, Map<String, String> settings) throws Exception {
    try (Admin admin = admin()) {
      var made = new NewTopic(topic, partitions, (short) 1).configs(settings);
      admin.createTopics(List.of(made)).all().get();
    }
  }

  /** Deletes a topic. */
  public void delete(String topic) throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  /** How many messages of a topic come after what a group has committed. */
  public long unsettled(String group, String topic) throws Exception {
    try (Admin admin = admin()) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      long unsettled = 0;
      int partitions =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
      for (int number = 0; number < partitions; number++) {
        var partition = new TopicPartition(topic, number);
        var ends = admin.listOffsets(Map.of(partition, OffsetSpec.latest()));
        OffsetAndMetadata next = committed.get(partition);
        unsettled +=
            ends.partitionResult(partition).get().offset() - (next == null ? 0 : next.offset());
      }
      return unsettled;
    }
  }

  /** Kills it. */
  public void kill() {
    var unused = broker.destroyForcibly().onExit().join();
  }

  /** Has it back after it was killed, with all it kept. */
  public void restart() throws Exception {
    broker = launch();
    awaitReady();
  }

  @Override
  public void close() throws IOException {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
