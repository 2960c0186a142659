package io.skald.messaging.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.skald.messaging.BrokerProcess;
import io.skald.messaging.TransportContract.Received;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A NATS server with JetStream, and what its streams have. */
@SuppressWarnings("try") // that closing a connection may be interrupted
public final class NatsServer implements AutoCloseable {
  private static final String COMMAND = "nats-server";

  private final Path folder;
  private final int port = BrokerProcess.freePort();
  private final List<String> options;
  private BrokerProcess process;

  private NatsServer(Path folder, List<String> options) {
    this.folder = folder;
    this.options = options;
    this.process = run();
  }

  /** One with JetStream. */
  public static NatsServer start(Path folder) {
    return start(folder, List.of("-js"));
  }

  static NatsServer start(Path folder, List<String> options) {
    BrokerProcess.assumeInstalled(COMMAND);
    return new NatsServer(folder, options);
  }

  private BrokerProcess run() {
    List<String> command = new ArrayList<>(List.of(COMMAND, "-a", BrokerProcess.LOOPBACK));
    command.addAll(List.of("-p", String.valueOf(port), "-sd", folder.toString()));
    command.addAll(options);
    return BrokerProcess.start(folder, Map.of(), command).awaitPort(port);
  }

  public void kill() {
    process.kill();
  }

  public void restart() {
    process = run();
  }

  /** A connection that is made again as often as it takes. */
  public Connection connect() throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://" + BrokerProcess.LOOPBACK + ":" + port)
            .maxReconnects(-1)
            .reconnectWait(Duration.ofMillis(100))
            .build());
  }

  private static String streamOf(String subject) {
    return subject.replace('.', '_');
  }

  /** A stream for a subject. */
  public void create(String subject) throws Exception {
    create(StreamConfiguration.builder().subjects(subject).name(streamOf(subject)));
  }

  void create(StreamConfiguration.Builder stream) throws Exception {
    try (Connection connection = connect()) {
      var unused = connection.jetStreamManagement().addStream(stream.build());
    }
  }

  /** How many messages a durable consumer has not acknowledged, or was not even given. */
  long unsettled(String durable, String subject) throws Exception {
    try (Connection connection = connect()) {
      JetStreamManagement management = connection.jetStreamManagement();
      String stream = streamOf(subject);
      if (!management.getConsumerNames(stream).contains(durable)) {
        return management.getStreamInfo(stream).getStreamState().getMsgCount();
      }
      ConsumerInfo consumer = management.getConsumerInfo(stream, durable);
      return consumer.getNumPending() + consumer.getNumAckPending();
    }
  }

  /** All a stream has, as a consumer meets it. */
  public List<Received> received(String subject) throws Exception {
    return messages(subject).stream().map(NatsServer::received).toList();
  }

  static Received received(Message message) {
    Map<String, String> headers = new LinkedHashMap<>();
    Headers sent = message.getHeaders();
    sent.keySet().forEach(name -> headers.put(name, decode(sent.getFirst(name))));
    UUID id = UUID.fromString(headers.remove("skald-message-id"));
    assertThat(headers.remove("Nats-Msg-Id")).isEqualTo(id.toString());
    long position = Long.parseLong(headers.remove("skald-position"));
    return new Received(id, position, headers.remove("skald-key"), message.getData(), headers);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  List<Message> messages(String subject) throws Exception {
    try (Connection connection = connect()) {
      long count =
          connection
              .jetStreamManagement()
              .getStreamInfo(streamOf(subject))
              .getStreamState()
              .getMsgCount();
      var all = PushSubscribeOptions.builder().ordered(true).build();
      var subscription = connection.jetStream().subscribe(subject, all);
      List<Message> messages = new ArrayList<>();
      while (messages.size() < count) {
        Message next = subscription.nextMessage(Duration.ofSeconds(10));
        assertThat(next).as("message %s of %s", messages.size() + 1, count).isNotNull();
        messages.add(next);
      }
      return messages;
    }
  }

  @Override
  public void close() {
    kill();
  }
}
