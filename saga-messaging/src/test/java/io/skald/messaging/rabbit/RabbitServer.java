package io.skald.messaging.rabbit;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.skald.messaging.BrokerProcess;
import io.skald.messaging.TransportContract.Received;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A RabbitMQ server with one exchange, and what its queues have. */
public final class RabbitServer implements AutoCloseable {
  public static final String EXCHANGE = "skald";

  /** More than the largest message of an outbox has, and less than the server's own default. */
  static final int MESSAGE_SIZE_MAX = 1_100_000;

  private static final String COMMAND = "rabbitmq-server";

  private final Path folder;
  private final int port = BrokerProcess.freePort();
  private final Map<String, String> environment;
  private final BrokerProcess names;
  private BrokerProcess process;

  private RabbitServer(Path folder) throws IOException {
    this.folder = folder;
    int namesPort = BrokerProcess.freePort();
    this.environment = environment(namesPort);
    Files.writeString(
        folder.resolve("rabbitmq.conf"), "max_message_size = " + MESSAGE_SIZE_MAX + "\n");
    // a server that finds none starts one that outlives it
    this.names =
        BrokerProcess.start(
            folder,
            Map.of(),
            List.of(
                "epmd", "-address", BrokerProcess.LOOPBACK, "-port", String.valueOf(namesPort)));
    this.names.awaitPort(namesPort);
    this.process = run();
  }

  /** One with the exchange, and no queue. */
  public static RabbitServer start(Path folder) throws Exception {
    BrokerProcess.assumeInstalled(COMMAND);
    var server = new RabbitServer(folder);
    server.ask(channel -> channel.exchangeDeclare(EXCHANGE, "topic", true));
    return server;
  }

  private Map<String, String> environment(int namesPort) {
    var settings = new HashMap<String, String>();
    settings.put("HOME", folder.toString());
    settings.put("ERL_EPMD_ADDRESS", BrokerProcess.LOOPBACK);
    settings.put("ERL_EPMD_PORT", String.valueOf(namesPort));
    settings.put("RABBITMQ_NODENAME", "skald@localhost");
    settings.put("RABBITMQ_NODE_IP_ADDRESS", BrokerProcess.LOOPBACK);
    settings.put("RABBITMQ_NODE_PORT", String.valueOf(port));
    settings.put("RABBITMQ_DIST_PORT", String.valueOf(BrokerProcess.freePort()));
    settings.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    settings.put("RABBITMQ_CONF_ENV_FILE", folder.resolve("none").toString());
    settings.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString());
    settings.put("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString());
    settings.put("RABBITMQ_GENERATED_CONFIG_DIR", folder.resolve("config").toString());
    settings.put("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString());
    settings.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
    return settings;
  }

  private BrokerProcess run() {
    return BrokerProcess.start(folder, environment, List.of(COMMAND)).awaitPort(port);
  }

  public void kill() {
    process.kill();
  }

  public void restart() {
    process = run();
  }

  /** Gives it an order as an operator would. */
  void control(String... order) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("rabbitmqctl", "-n", "skald@localhost"));
    command.addAll(List.of(order));
    BrokerProcess.run(folder, environment, command);
  }

  /** How many messages a queue has, those included that are delivered and not acknowledged. */
  long unsettled(String queue) throws Exception {
    control("list_queues", "-q", "--no-table-headers", "name", "messages");
    // the server writes there as well
    String prefix = queue + "\t";
    return Files.readAllLines(folder.resolve("output")).stream()
        .filter(line -> line.startsWith(prefix))
        .mapToLong(line -> Long.parseLong(line.substring(prefix.length()).strip()))
        .reduce((before, last) -> last)
        .orElseThrow();
  }

  /** How it is reached. */
  public ConnectionFactory factory() {
    var factory = new ConnectionFactory();
    factory.setHost(BrokerProcess.LOOPBACK);
    factory.setPort(port);
    return factory;
  }

  /** What is done on a channel of its own. */
  @FunctionalInterface
  interface Work {
    void on(Channel channel) throws Exception;
  }

  void ask(Work work) throws Exception {
    try (Connection connection = factory().newConnection();
        Channel channel = connection.createChannel()) {
      work.on(channel);
    }
  }

  /** A queue of the same name for a topic. */
  public void create(String topic) throws Exception {
    create(topic, Map.of());
  }

  void create(String topic, Map<String, Object> arguments) throws Exception {
    ask(
        channel -> {
          channel.queueDeclare(topic, true, false, false, arguments);
          channel.queueBind(topic, EXCHANGE, topic);
        });
  }

  /** All a queue has, which stays there. */
  public List<Received> received(String topic) throws Exception {
    return messages(topic).stream().map(RabbitServer::received).toList();
  }

  List<GetResponse> messages(String topic) throws Exception {
    List<GetResponse> messages = new ArrayList<>();
    // what is not acknowledged goes back when the channel is closed
    ask(
        channel -> {
          GetResponse next = channel.basicGet(topic, false);
          while (next != null) {
            messages.add(next);
            next = channel.basicGet(topic, false);
          }
        });
    return messages;
  }

  private static Received received(GetResponse message) {
    AMQP.BasicProperties properties = message.getProps();
    Map<String, String> headers = new LinkedHashMap<>();
    properties.getHeaders().forEach((name, value) -> headers.put(name, value.toString()));
    UUID id = UUID.fromString(headers.remove("skald-message-id"));
    long position = Long.parseLong(headers.remove("skald-position"));
    return new Received(id, position, headers.remove("skald-key"), message.getBody(), headers);
  }

  @Override
  public void close() {
    kill();
    names.kill();
  }
}
