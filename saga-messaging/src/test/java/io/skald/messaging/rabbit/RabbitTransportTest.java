package io.skald.messaging.rabbit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import io.skald.messaging.TransportContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what is RabbitMQ's alone, on a real server. */
class RabbitTransportTest extends TransportContract {
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
    return RabbitServer.MESSAGE_SIZE_MAX + 1;
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() {
    server.restart();
  }

  private static OutboxMessage message(String topic, int size) {
    return message(topic, "key", new byte[size], Map.of());
  }

  private static void send(Transport to, OutboxMessage message) throws Exception {
    to.send(message).toCompletableFuture().get(30, SECONDS);
  }

  private void assertRefused(OutboxMessage message, String reason) {
    assertThatThrownBy(() -> send(transport, message))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(RefusedMessageException.class)
        .hasMessage(reason);
  }

  private static void assertFailsForNow(Transport to, OutboxMessage message, String reason) {
    assertThatThrownBy(() -> send(to, message))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isNotInstanceOf(RefusedMessageException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void messagesArePersistentAndSayWhichTheyAreAndWhenTheyWerePublished() throws Exception {
    create("properties");
    OutboxMessage message = message("properties", 10);
    send(transport, message);
    AMQP.BasicProperties properties = server.messages("properties").getFirst().getProps();
    assertThat(properties.getDeliveryMode()).isEqualTo(2);
    assertThat(properties.getMessageId()).isEqualTo(message.id().toString());
    assertThat(properties.getTimestamp().toInstant().getEpochSecond())
        .isEqualTo(message.publishedAt().getEpochSecond());
  }

  @Test
  void refusesWhatNoQueueTakesAndSendsWhatIsUnderWayBesideIt() throws Exception {
    create("bound");
    List<OutboxMessage> messages = new ArrayList<>();
    for (int number = 0; number < 200; number++) {
      messages.add(message(number % 2 == 0 ? "bound" : "unbound", 10));
    }
    var answers = messages.stream().map(m -> transport.send(m).toCompletableFuture()).toList();
    for (int number = 0; number < 200; number += 2) {
      answers.get(number).get(30, SECONDS);
      int next = number + 1;
      assertThatThrownBy(() -> answers.get(next).get(30, SECONDS))
          .cause()
          .isInstanceOf(RefusedMessageException.class)
          .hasMessage("no queue is bound to exchange skald with the routing key unbound");
    }
    assertThat(received("bound")).hasSize(100);
  }

  @Test
  void refusesWhatIsTooLargeAndSendsWhatIsUnderWayBesideIt() throws Exception {
    create("large");
    List<OutboxMessage> messages = new ArrayList<>();
    for (int number = 0; number < 60; number++) {
      messages.add(message("large", number % 20 == 10 ? tooLarge() + number : number));
    }
    var answers = messages.stream().map(m -> transport.send(m).toCompletableFuture()).toList();
    for (int number = 0; number < 60; number++) {
      var answer = answers.get(number);
      if (number % 20 == 10) {
        assertThatThrownBy(() -> answer.get(30, SECONDS))
            .cause()
            .isInstanceOf(RefusedMessageException.class)
            .hasMessage("larger than the server's max_message_size");
      } else {
        answer.get(30, SECONDS);
      }
    }
    // those before it may be there twice: their confirms were lost with the channel
    assertThat(received("large").stream().map(Received::id).distinct()).hasSize(57);
  }

  @Test
  void refusesAHeaderTheServerWouldTakeForAnOrder() throws Exception {
    create("orders");
    for (String order : List.of("CC", "BCC")) {
      assertRefused(
          message("orders", "key", new byte[1], Map.of(order, "elsewhere")),
          "header " + order + ": an order to the server (expected: none)");
    }
    send(transport, message("orders", "key", new byte[1], Map.of("cc", "no order")));
  }

  @Test
  void aQueueThatIsFullMayHaveRoomLater() throws Exception {
    server.create("full", Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
    send(transport, message("full", 10));
    assertFailsForNow(transport, message("full", 10), "does not keep the message");
  }

  @Test
  void anExchangeThatIsMissingIsNoFaultOfTheMessage() throws Exception {
    try (var early = RabbitTransport.of(server.factory(), "later")) {
      assertFailsForNow(early, message("later", 10), "NOT_FOUND");
      server.ask(
          channel -> {
            channel.exchangeDeclare("later", "direct", true);
            channel.queueDeclare("later", true, false, false, Map.of());
            channel.queueBind("later", "later", "later");
          });
      send(early, message("later", 10));
    }
    assertThat(received("later")).hasSize(1);
  }

  @Test
  void theNamelessExchangeHasTheQueuesOfTheTopicsNames() throws Exception {
    create("by-name");
    try (var nameless = RabbitTransport.of(server.factory(), "")) {
      send(nameless, message("by-name", 10));
    }
    assertThat(received("by-name")).hasSize(1);
  }

  /** The server reads nothing more of a connection that publishes: the client would block. */
  @Test
  void aServerShortOfMemoryHoldsNobodyUp() throws Exception {
    create("memory");
    List<CompletableFuture<Void>> answers;
    try {
      answers = sendUntilBlocked("memory");
    } finally {
      relieve();
    }
    Awaitility.await("it takes messages again")
        .atMost(Duration.ofSeconds(20))
        .until(() -> !isBlocked(transport.send(message("memory", 10)).toCompletableFuture()));
    send(transport, message("memory", 10));
    Awaitility.await("what was under way is answered")
        .until(() -> answers.stream().allMatch(CompletableFuture::isDone));
  }

  @Test
  void closesInABoundedTimeWhileTheServerReadsNothingAndSendsNothingMore() throws Exception {
    create("closed");
    try {
      List<CompletableFuture<Void>> answers = sendUntilBlocked("closed");
      long begin = System.nanoTime();
      transport.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
      assertThat(answers).allMatch(CompletableFuture::isDone);
    } finally {
      relieve();
    }
    assertFailsForNow(transport, message("closed", 10), "the transport is closed");
  }

  /** It says that it is short of memory when somebody publishes, and after a while. */
  private List<CompletableFuture<Void>> sendUntilBlocked(String topic) throws Exception {
    server.control("set_vm_memory_high_watermark", "absolute", "1MB");
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    Awaitility.await("it takes nothing")
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              long begin = System.nanoTime();
              answers.add(transport.send(message(topic, 1_000_000)).toCompletableFuture());
              assertThat(System.nanoTime() - begin).isLessThan(1_000_000_000L);
              return isBlocked(answers.getLast());
            });
    return answers;
  }

  private static void relieve() throws Exception {
    server.control("set_vm_memory_high_watermark", "0.4");
  }

  private static boolean isBlocked(CompletableFuture<Void> answer) {
    return answer.isCompletedExceptionally()
        && answer.exceptionNow().getMessage().startsWith("the server takes nothing just now: ");
  }
}
