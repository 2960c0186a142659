package io.skald.messaging.rabbit;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.skald.messaging.Source;
import io.skald.messaging.SourceContract;
import io.skald.messaging.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real server of RabbitMQ. */
class RabbitSourceTest extends SourceContract {
  @TempDir private static Path folder;
  private static RabbitServer server;

  private RabbitTransport transport;

  @BeforeAll
  static void start() throws Exception {
    server = RabbitServer.start(folder);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void open() {
    transport = RabbitTransport.of(server.factory(), RabbitServer.EXCHANGE);
  }

  @AfterEach
  void close() {
    transport.close();
  }

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected Source source() {
    return RabbitSource.of(server.factory()).prefetch(20);
  }

  @Override
  protected void create(String topic) throws Exception {
    server.create(topic);
  }

  @Override
  protected void sendWithoutId(String topic, String payload) throws Exception {
    Map<String, Object> headers = new HashMap<>();
    headers.put("skald-key", new byte[] {-1, 0, 0x25});
    headers.put("numbers", List.of(1, 2));
    headers.put("nothing", null);
    var properties = new BasicProperties.Builder().headers(headers).deliveryMode(2).build();
    server.ask(
        channel ->
            channel.basicPublish(
                RabbitServer.EXCHANGE,
                topic,
                properties,
                payload.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  protected long unsettled(String consumer, String topic) throws Exception {
    return server.unsettled(topic);
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() {
    server.restart();
  }
}
