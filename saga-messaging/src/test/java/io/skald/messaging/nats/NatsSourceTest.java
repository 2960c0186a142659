package io.skald.messaging.nats;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.impl.Headers;
import io.skald.messaging.Source;
import io.skald.messaging.SourceContract;
import io.skald.messaging.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what is JetStream's alone, on a real server. */
class NatsSourceTest extends SourceContract {
  @TempDir private static Path folder;
  private static NatsServer server;
  private static Connection connection;

  @BeforeAll
  static void start() throws Exception {
    server = NatsServer.start(folder);
    connection = server.connect();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      connection.close();
      server.close();
    }
  }

  @Override
  protected Transport transport() {
    return NatsTransport.of(connection);
  }

  @Override
  protected Source source() {
    return NatsSource.of(connection).pendingMax(20).ackWait(Duration.ofSeconds(3));
  }

  @Override
  protected void create(String topic) throws Exception {
    server.create(topic);
  }

  @Override
  protected void sendWithoutId(String topic, String payload) throws Exception {
    var headers = new Headers().put("skald-key", "%ff%00%25%").put("odd", "%zz");
    var unused =
        connection
            .jetStream()
            .publishAsync(topic, headers, payload.getBytes(StandardCharsets.UTF_8))
            .get(30, SECONDS);
  }

  @Override
  protected long unsettled(String consumer, String topic) throws Exception {
    return server.unsettled(NatsPulling.durable(consumer, topic), topic);
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() {
    server.restart();
  }

  @Test
  void whatIsEncodedIsDecodedAndAnythingElseStandsForItself() {
    for (String text :
        new String[] {"", "%", "5 %", " Bäcker\u0000+ 🦊\n", "%41", "a%2", "100%zz"}) {
      assertThat(NatsHeaders.decode(NatsHeaders.encode(text))).isEqualTo(text);
    }
    assertThat(NatsHeaders.decode("100%zz%4")).isEqualTo("100%zz%4");
  }

  @Test
  void eachConsumerAndTopicHasADurableOfItsOwn() {
    Set<String> durables =
        Stream.of("a.b", "a_b", "a", "b")
            .flatMap(
                consumer ->
                    Stream.of("a.b", "a_b", "b.b", "b")
                        .map(topic -> NatsPulling.durable(consumer, topic)))
            .collect(Collectors.toSet());

    assertThat(durables).hasSize(16).noneMatch(durable -> durable.contains("."));
  }
}
