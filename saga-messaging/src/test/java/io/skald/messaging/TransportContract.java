package io.skald.messaging;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.skald.engine.spi.OutboxMessage;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every transport does, whatever its broker. Run it against a real one. */
@Timeout(120)
public abstract class TransportContract {
  /** Within which every message is answered: the relay's own patience. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private static final AtomicLong POSITIONS = new AtomicLong();
  private static final AtomicLong TOPICS = new AtomicLong();

  /**
   * A message as a consumer has it.
   *
   * @param headers without those of Skald's own
   */
  public record Received(
      UUID id, long position, @Nullable String key, byte[] payload, Map<String, String> headers) {
    static Received of(OutboxMessage message) {
      return new Received(
          message.id(),
          message.position(),
          message.keyOrNull(),
          message.payload(),
          message.headers());
    }

    /** By content; AssertJ's own way takes half a minute for the largest payload. */
    @Override
    public boolean equals(Object other) {
      return other instanceof Received that
          && id.equals(that.id)
          && position == that.position
          && Objects.equals(key, that.key)
          && Arrays.equals(payload, that.payload)
          && headers.equals(that.headers);
    }

    @Override
    public int hashCode() {
      return id.hashCode();
    }

    @Override
    public String toString() {
      return id + " at " + position + " of " + key + ": " + headers + ", " + payload.length + " B";
    }
  }

  /** The transport; the same each time it is asked for in a test. */
  protected abstract Transport transport();

  /** Has the broker take messages to a topic, and keep them for a consumer. */
  protected abstract void create(String topic);

  /** Everything that can be read of a topic at this moment, each time anew. */
  protected abstract List<Received> received(String topic);

  /** How many bytes of payload are too many for the broker. */
  protected abstract int tooLarge();

  /** Ends the broker as a crash would. */
  protected abstract void stopBroker();

  /** Has the broker back, at the same address, with all it kept. */
  protected abstract void startBroker();

  private String topic() {
    String topic = unknownTopic();
    create(topic);
    return topic;
  }

  private static String unknownTopic() {
    return "contract.topic-" + TOPICS.incrementAndGet();
  }

  /** A message as it comes out of an outbox. */
  protected static OutboxMessage message(
      String topic, @Nullable String key, byte[] payload, Map<String, String> headers) {
    return new OutboxMessage(
        POSITIONS.incrementAndGet(),
        UUID.randomUUID(),
        0,
        Topic.unordered(topic),
        key,
        payload,
        headers,
        0,
        Instant.now().truncatedTo(ChronoUnit.MICROS));
  }

  private static OutboxMessage message(String topic, String text) {
    return message(topic, "key", text.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private CompletableFuture<Void> send(OutboxMessage message) {
    return transport().send(message).toCompletableFuture();
  }

  /** What became of a message; null if the broker has it. */
  private @Nullable Throwable failure(OutboxMessage message) throws Exception {
    try {
      send(message).get(ANSWER_MAX.toSeconds(), SECONDS);
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  /** Sends it, and reads it as soon as the broker is said to have it. */
  private void assertIntact(OutboxMessage message) throws Exception {
    assertThat(failure(message)).isNull();
    assertThat(received(message.topic().name())).containsExactly(Received.of(message));
  }

  @Test
  void deliversWhatIsPublishedAsItIs() throws Exception {
    byte[] everyByte = new byte[256];
    for (int i = 0; i < everyByte.length; i++) {
      everyByte[i] = (byte) i;
    }
    assertIntact(message(topic(), "order 7", everyByte, Map.of("content-type", "text/plain")));
  }

  @Test
  void deliversAPayloadOfNothing() throws Exception {
    assertIntact(message(topic(), "key", new byte[0], Map.of()));
  }

  @Test
  void deliversTheLargestPayload() throws Exception {
    byte[] payload = new byte[Message.SIZE_MAX - "key".length()];
    ThreadLocalRandom.current().nextBytes(payload);
    assertIntact(message(topic(), "key", payload, Map.of()));
  }

  @Test
  void deliversAMessageWithoutAKey() throws Exception {
    assertIntact(message(topic(), null, new byte[] {1}, Map.of()));
  }

  @Test
  void deliversKeysOfAllLanguages() throws Exception {
    assertIntact(
        message(topic(), "Bäcker/%20 = \u05e9\u05dc\u05d5\u05dd 日本 🦊", new byte[] {1}, Map.of()));
  }

  @Test
  void deliversHeadersOfAllPrintableCharacters() throws Exception {
    String printable =
        IntStream.rangeClosed(0x20, 0x7e)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    assertIntact(
        message(
            topic(),
            "key",
            new byte[] {1},
            Map.of("Every_name-1", printable, "around", "  spaces  ", "empty", "")));
  }

  @Test
  void refusesAMessageToATopicTheBrokerDoesNotHave() throws Exception {
    String unknown = unknownTopic();
    assertThat(failure(message(unknown, "lost"))).isInstanceOf(RefusedMessageException.class);
    create(unknown);
    assertIntact(message(unknown, "not lost"));
  }

  @Test
  void refusesAMessageThatIsTooLargeAndSendsTheNextOne() throws Exception {
    String topic = topic();
    assertThat(failure(message(topic, "key", new byte[tooLarge()], Map.of())))
        .isInstanceOf(RefusedMessageException.class);
    assertIntact(message(topic, "small"));
  }

  @Test
  void deliversAThousandAtOnce() throws Exception {
    String topic = topic();
    List<OutboxMessage> messages =
        IntStream.range(0, 1_000).mapToObj(number -> message(topic, "text " + number)).toList();
    // the first thread to meet the topic and others beside it
    List<CompletableFuture<Void>> answers = messages.parallelStream().map(this::send).toList();
    for (CompletableFuture<Void> answer : answers) {
      answer.get(ANSWER_MAX.toSeconds(), SECONDS);
    }
    assertThat(received(topic))
        .extracting(Received::id)
        .containsExactlyInAnyOrderElementsOf(messages.stream().map(OutboxMessage::id).toList());
  }

  @Test
  void failsWhileTheBrokerIsAwayAndGoesOnWhenItIsBack() throws Exception {
    String known = topic();
    String unheardOf = topic();
    assertIntact(message(known, "before"));
    stopBroker();
    try {
      CompletableFuture<Void> lost = sendWithoutWaiting(message(known, "lost"));
      CompletableFuture<Void> neverThere = sendWithoutWaiting(message(unheardOf, "lost"));
      assertFailsForNow(lost);
      assertFailsForNow(neverThere);
    } finally {
      startBroker();
    }
    assertArrivesInTheEnd(message(known, "after"));
    assertArrivesInTheEnd(message(unheardOf, "after"));
  }

  private CompletableFuture<Void> sendWithoutWaiting(OutboxMessage message) {
    long begin = System.nanoTime();
    CompletableFuture<Void> answer = send(message);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("how long the relay's thread was held up")
        .isLessThan(Duration.ofSeconds(1));
    return answer;
  }

  private static void assertFailsForNow(CompletableFuture<Void> answer) {
    assertThatCode(() -> answer.get(ANSWER_MAX.toSeconds(), SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isNotInstanceOf(RefusedMessageException.class);
  }

  /** As the relay does: again and again, and never taken for one that is refused. */
  private void assertArrivesInTheEnd(OutboxMessage message) {
    List<Throwable> failures = new ArrayList<>();
    Awaitility.await("it is sent")
        .atMost(Duration.ofSeconds(60))
        .until(() -> isSent(message, failures));
    assertThat(failures).noneMatch(RefusedMessageException.class::isInstance);
    assertThat(received(message.topic().name())).extracting(Received::id).contains(message.id());
  }

  private boolean isSent(OutboxMessage message, List<Throwable> failures) throws Exception {
    Throwable failure = failure(message);
    if (failure != null) {
      failures.add(failure);
    }
    return failure == null;
  }
}
