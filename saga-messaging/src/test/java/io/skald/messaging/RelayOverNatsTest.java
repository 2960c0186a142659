package io.skald.messaging;

import io.nats.client.Connection;
import io.skald.messaging.TransportContract.Received;
import io.skald.messaging.nats.NatsServer;
import io.skald.messaging.nats.NatsTransport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Over a stream of NATS JetStream. */
class RelayOverNatsTest extends RelayOverBroker {
  private final List<Connection> connections = new ArrayList<>();
  @TempDir private Path folder;
  private NatsServer server;

  @Override
  void startBroker(String topic) throws Exception {
    server = NatsServer.start(folder);
    server.create(topic);
  }

  @Override
  void stopBroker() throws Exception {
    for (Connection connection : connections) {
      connection.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Override
  Transport connect() throws Exception {
    connections.add(server.connect());
    return NatsTransport.of(connections.getLast());
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
