package io.skald.messaging;

import io.skald.messaging.TransportContract.Received;
import io.skald.messaging.rabbit.RabbitServer;
import io.skald.messaging.rabbit.RabbitTransport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Over a queue of RabbitMQ. */
class RelayOverRabbitTest extends RelayOverBroker {
  @TempDir private Path folder;
  private RabbitServer server;

  @Override
  void startBroker(String topic) throws Exception {
    server = RabbitServer.start(folder);
    server.create(topic);
  }

  @Override
  void stopBroker() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  Transport connect() {
    return RabbitTransport.of(server.factory(), RabbitServer.EXCHANGE);
  }

  @Override
  void killBroker() {
    server.kill();
  }

  @Override
  void restartBroker() {
    server.restart();
  }

  @Override
  List<Received> received(String topic) throws Exception {
    return server.received(topic);
  }
}
