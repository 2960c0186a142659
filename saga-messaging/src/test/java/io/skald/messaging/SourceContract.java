package io.skald.messaging;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.OutboxMessage;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every source does, whatever its broker, with a consumer on a real database behind it. Run it
 * against a real broker.
 */
@Timeout(120)
public abstract class SourceContract {
  private static final AtomicInteger TOPICS = new AtomicInteger();
  private static final AtomicLong POSITIONS = new AtomicLong();

  private final String topic = "contract.source-" + TOPICS.incrementAndGet();
  private ConsumerScene scene;

  /** What sends to the broker. */
  protected abstract Transport transport();

  /** A source as a process of its own has it. */
  protected abstract Source source();

  /** Has the broker take messages to a topic, and keep them for a consumer. */
  protected abstract void create(String topic) throws Exception;

  /** Sends a payload with the bytes ff 00 25 for a key, as far as the broker can, and no id. */
  protected abstract void sendWithoutId(String topic, String payload) throws Exception;

  /** How many messages of a topic the broker would deliver after a crash of the consumer. */
  protected abstract long unsettled(String consumer, String topic) throws Exception;

  /** Ends the broker as a crash would. */
  protected abstract void stopBroker();

  /** Has the broker back, at the same address, with all it kept. */
  protected abstract void startBroker() throws Exception;

  @BeforeEach
  void begin() throws Exception {
    create(topic);
    scene = new ConsumerScene();
  }

  @AfterEach
  void end() {
    // not there where the broker is not
    if (scene != null) {
      scene.close();
    }
  }

  private OutboxMessage message(@Nullable String key, String payload) {
    return new OutboxMessage(
        POSITIONS.incrementAndGet(),
        UUID.randomUUID(),
        0,
        Topic.unordered(topic),
        key,
        payload.getBytes(StandardCharsets.UTF_8),
        Map.of("content-type", "text/plain"),
        0,
        Instant.now());
  }

  private OutboxMessage send(@Nullable String key, String payload) throws Exception {
    OutboxMessage message = message(key, payload);
    transport().send(message).toCompletableFuture().get(30, SECONDS);
    return message;
  }

  private Consumer open(MessageHandler handler) {
    return scene.open(scene.consumer().on(topic, handler), source());
  }

  private void awaitSettled() {
    Awaitility.await("the broker has nothing more to deliver")
        .atMost(Duration.ofSeconds(60))
        .until(() -> unsettled(ConsumerScene.NAME, topic) == 0);
  }

  @Test
  void aMessageIsHandledAsItWasSentAndAcknowledgedAfterItsCommitAndNotBefore() throws Exception {
    var begun = new CountDownLatch(1);
    var mayCommit = new CountDownLatch(1);
    var received = new ArrayList<ReceivedMessage>();
    open(
        (message, tx) -> {
          received.add(message);
          scene.write(message, tx);
          begun.countDown();
          mayCommit.await();
        });
    OutboxMessage sent = send("Bäcker 5%+ 🦊", "text");
    assertThat(begun.await(30, SECONDS)).isTrue();
    assertThat(unsettled(ConsumerScene.NAME, topic)).as("while it is handled").isOne();
    mayCommit.countDown();

    scene.awaitHandled(1);
    awaitSettled();
    assertThat(received)
        .singleElement()
        .satisfies(
            message -> {
              assertThat(message.topic()).isEqualTo(topic);
              assertThat(message.id()).isEqualTo(sent.id().toString());
              assertThat(message.key()).contains("Bäcker 5%+ 🦊");
              assertThat(message.payload()).isEqualTo(sent.payload());
              assertThat(message.headers()).containsEntry("content-type", "text/plain");
            });
  }

  /** As after a crash between the commit and the acknowledgement. */
  @Test
  void whatWasHandledAndNotAcknowledgedIsADuplicateThatChangesNothing() throws Exception {
    OutboxMessage sent = send("key", "text");
    var unused =
        scene.inbox.once(
            Delivery.of(ConsumerScene.NAME, sent.id().toString(), sent.payload()), tx -> {});
    open(scene::write);

    send("key", "next");
    scene.awaitHandled(1);
    awaitSettled();
    assertThat(scene.handled()).containsExactly("next");
  }

  @Test
  void whatKeepsFailingIsADeadLetterAndOthersGoOn() throws Exception {
    open(
        (message, tx) -> {
          if (ConsumerScene.text(message).equals("poison")) {
            throw new IllegalStateException("no");
          }
          scene.write(message, tx);
        });
    send("key", "before");
    OutboxMessage poison = send("key", "poison");
    send("key", "after");

    scene.awaitHandled(2);
    awaitSettled();
    assertThat(scene.handled()).containsExactly("before", "after");
    assertThat(scene.dead())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.message().id()).isEqualTo(poison.id().toString());
              assertThat(letter.attempts()).isEqualTo(3);
            });
  }

  @Test
  void theOrderOfAKeyIsKeptThoughOneOfItIsTriedAgain() throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    for (int number = 0; number < 10; number++) {
      for (String key : List.of("a", "b", "c")) {
        send(key, String.valueOf(number));
      }
    }
    open(
        (message, tx) -> {
          boolean isFirst = seen.add(message.id());
          if (isFirst && ConsumerScene.text(message).matches("[037]")) {
            throw new IllegalStateException("not yet");
          }
          scene.write(message, tx);
        });

    scene.awaitHandled(30);
    for (String key : List.of("a", "b", "c")) {
      assertThat(scene.handled(key)).containsExactly(OutboxScene.numbers(10));
    }
    assertThat(scene.dead()).isEmpty();
  }

  @Test
  void aMessageWithoutAnIdIsADeadLetterThatCanBeRetriedAndHoldsUpNobody() throws Exception {
    sendWithoutId(topic, "whose?");
    send("key", "after");
    open(scene::write);

    scene.awaitHandled(1);
    awaitSettled();
    DeadLetter letter = scene.dead().getFirst();
    assertThat(letter.reason()).startsWith("id: none");
    assertThat(scene.deadLetters.retry(letter.position(), "olga", "it is ours")).isTrue();
    scene.awaitHandled(2);
    assertThat(scene.handled()).containsExactly("after", "whose?");
  }

  @Test
  void consumersOfOneNameShareTheMessagesOutAndOneThatClosesLeavesItsShare() throws Exception {
    var first = new AtomicInteger();
    var second = new AtomicInteger();
    Consumer leaving = open(counting(first));
    Consumer staying = open(counting(second));
    int sent = 0;
    while (first.get() == 0 || second.get() == 0) {
      send("key " + sent, String.valueOf(sent++));
      assertThat(sent).as("until both have some").isLessThan(5_000);
    }
    leaving.close();
    for (int more = 0; more < 30; more++) {
      send("key " + sent, String.valueOf(sent++));
    }

    scene.awaitHandled(sent);
    awaitSettled();
    assertThat(scene.handled()).containsExactlyInAnyOrder(OutboxScene.numbers(sent));
    assertThat(staying).isNotNull();
  }

  private MessageHandler counting(AtomicInteger count) {
    return (message, tx) -> {
      count.incrementAndGet();
      scene.write(message, tx);
    };
  }

  @Test
  void nothingIsLostNorHandledTwiceThoughTheBrokerIsKilled() throws Exception {
    for (int number = 0; number < 50; number++) {
      send("key " + number % 5, String.valueOf(number));
    }
    var some = new CountDownLatch(10);
    var back = new CountDownLatch(1);
    open(
        (message, tx) -> {
          scene.write(message, tx);
          some.countDown();
          if (some.getCount() == 0) {
            back.await();
          }
        });
    assertThat(some.await(30, SECONDS)).isTrue();
    stopBroker();
    try {
      // what is settled now cannot be acknowledged
      back.countDown();
    } finally {
      startBroker();
    }
    for (int number = 50; number < 60; number++) {
      sendInTheEnd("key " + number % 5, String.valueOf(number));
    }

    Awaitility.await("all are handled")
        .atMost(Duration.ofSeconds(60))
        .until(() -> scene.handled().size() >= 60);
    awaitSettled();
    assertThat(scene.handled()).containsExactlyInAnyOrder(OutboxScene.numbers(60));
    for (int key = 0; key < 5; key++) {
      int number = key;
      assertThat(scene.handled("key " + key))
          .containsExactlyElementsOf(
              IntStream.range(0, 12).mapToObj(i -> String.valueOf(5 * i + number)).toList());
    }
  }

  /** As a relay does; the same message each time. */
  private void sendInTheEnd(String key, String payload) {
    OutboxMessage message = message(key, payload);
    Awaitility.await("it is sent")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () -> {
              transport().send(message).toCompletableFuture().get(30, SECONDS);
              return true;
            });
  }

  @Test
  void closingWaitsForWhatIsHandledAndLeavesTheRest() throws Exception {
    for (int number = 0; number < 5; number++) {
      send("key", String.valueOf(number));
    }
    var begun = new CountDownLatch(1);
    var closing = new CountDownLatch(1);
    Consumer consumer = open(slowly(begun, closing));
    assertThat(begun.await(30, SECONDS)).isTrue();
    Thread closer = Thread.ofPlatform().start(consumer::close);
    Awaitility.await("it waits").until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    closing.countDown();
    closer.join();

    assertThat(scene.handled()).containsExactly("0");
    assertThat(unsettled(ConsumerScene.NAME, topic)).isEqualTo(4);
    open(scene::write);
    scene.awaitHandled(5);
    assertThat(scene.handled()).containsExactly(OutboxScene.numbers(5));
  }

  private MessageHandler slowly(CountDownLatch begun, CountDownLatch closing) {
    return (ReceivedMessage message, Inbox.Tx tx) -> {
      scene.write(message, tx);
      begun.countDown();
      closing.await();
    };
  }
}
