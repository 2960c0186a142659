package io.skald.messaging.nats;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import io.skald.messaging.TransportContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what is JetStream's alone, on a real server. */
@SuppressWarnings("try") // that closing a connection may be interrupted
class NatsTransportTest extends TransportContract {
  @TempDir private static Path folder;
  private static NatsServer server;

  private Connection connection;
  private NatsTransport transport;

  @BeforeAll
  static void start() {
    server = NatsServer.start(folder);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void connect() throws Exception {
    connection = server.connect();
    transport = NatsTransport.of(connection);
  }

  @AfterEach
  void close() throws Exception {
    transport.close();
    connection.close();
  }

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected void create(String topic) {
    try {
      server.create(topic);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected List<Received> received(String topic) {
    try {
      return server.received(topic);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected int tooLarge() {
    return 1_048_576;
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() {
    server.restart();
  }

  private static void send(Transport to, OutboxMessage message) throws Exception {
    to.send(message).toCompletableFuture().get(30, SECONDS);
  }

  private void assertRefused(OutboxMessage message, String reason) {
    assertThatThrownBy(() -> send(transport, message))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(RefusedMessageException.class)
        .hasMessageContaining(reason);
  }

  private static void assertFailsForNow(Transport to, OutboxMessage message, String reason) {
    assertThatThrownBy(() -> send(to, message))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isNotInstanceOf(RefusedMessageException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aStreamDropsARepeatAndTheMessageCountsAsSent() throws Exception {
    create("repeats");
    OutboxMessage message = message("repeats", "key", new byte[] {1}, Map.of());
    send(transport, message);
    send(transport, message);
    assertThat(received("repeats")).hasSize(1);
  }

  @Test
  void headersAndKeysAreLeftAsTheyAreAsFarAsAnyoneCanReadThem() throws Exception {
    create("plain");
    send(
        transport,
        message("plain", "order 7 of Bäcker", new byte[] {1}, Map.of("a", "b; c=\"100%\"")));
    var headers = server.messages("plain").getFirst().getHeaders();
    assertThat(headers.getFirst("skald-key")).isEqualTo("order 7 of B%C3%A4cker");
    assertThat(headers.getFirst("a")).isEqualTo("b; c=\"100%25\"");
  }

  @Test
  void refusesWhatTheStreamHasNoRoomFor() throws Exception {
    server.create(
        StreamConfiguration.builder().name("narrow").subjects("narrow").maximumMessageSize(5_000));
    assertRefused(message("narrow", "key", new byte[5_001], Map.of()), "message size exceeds");
    send(transport, message("narrow", "key", new byte[1_000], Map.of()));
  }

  @Test
  void refusesMoreHeadersThanTheServerBears() {
    create("headers");
    Map<String, String> headers = new HashMap<>();
    for (int header = 0; header < 40; header++) {
      headers.put("header-" + header, "x".repeat(2_000));
    }
    assertRefused(message("headers", "key", new byte[1], headers), "header size exceeds");
  }

  @Test
  void refusesAHeaderTheServerWouldTakeForAnOrder() throws Exception {
    create("orders");
    send(transport, message("orders", "key", new byte[1], Map.of()));
    assertRefused(
        message("orders", "key", new byte[1], Map.of("Nats-Rollup", "all")),
        "header Nats-Rollup: an order to the server (expected: none)");
    assertThat(received("orders")).hasSize(1);
  }

  @Test
  void aFullStreamMayHaveRoomLater() throws Exception {
    server.create(
        StreamConfiguration.builder()
            .name("full")
            .subjects("full")
            .maxMessages(1)
            .discardPolicy(DiscardPolicy.New));
    send(transport, message("full", "key", new byte[1], Map.of()));
    assertFailsForNow(
        transport, message("full", "key", new byte[1], Map.of()), "maximum messages exceeded");
  }

  /** As in a cluster that has no leader: nobody answers, and nobody says whether there is one. */
  @Test
  void whatNobodyAnswersForIsNotRefusedUnlessTheServerSaysThatItHasNoSuchStream(@TempDir Path other)
      throws Exception {
    try (var silent = NatsServer.start(other, List.of());
        Connection there = silent.connect();
        var transportThere = NatsTransport.of(there)) {
      assertFailsForNow(transportThere, message("nowhere", "key", new byte[1], Map.of()), "503");
    }
    assertRefused(
        message("nowhere", "key", new byte[1], Map.of()), "no stream has the subject nowhere");
  }

  @Test
  void sendsNothingOnceItIsClosedAndLeavesTheConnectionToItsOwner() throws Exception {
    create("closed");
    transport.close();
    assertFailsForNow(
        transport, message("closed", "key", new byte[1], Map.of()), "the transport is closed");
    assertThat(connection.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    connection.close();
    assertThatThrownBy(() -> NatsTransport.of(connection))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("connection: closed (expected: open)");
  }

  /** As a cluster answers to the repeat of a message that it has not stored yet. */
  @Test
  void anAcknowledgementWithoutAPlaceInTheStreamIsNoSuccess() throws Exception {
    NatsTransport.requireKept(acknowledgement(1));
    PublishAck nowhere = acknowledgement(0);

    assertThatThrownBy(() -> NatsTransport.requireKept(nowhere))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sequence 0");
  }

  private static PublishAck acknowledgement(long sequence) throws Exception {
    String answer = "{\"stream\":\"orders\",\"seq\":%d,\"duplicate\":true}".formatted(sequence);
    return new PublishAck(
        io.nats.client.impl.NatsMessage.builder().subject("answers").data(answer).build());
  }
}
