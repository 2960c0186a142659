package io.skald.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Retry;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadLetters;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import io.skald.store.jooq.AllLogged;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a consumer makes of its messages, handed to it by the test. */
@Timeout(60)
class ConsumerTest {
  private static final String TOPIC = "orders.placed";
  private static final String SECRET = "4929-1234-5678-9012";

  private final ConsumerScene scene = new ConsumerScene();
  private final AtomicInteger attempts = new AtomicInteger();

  @AfterEach
  void close() {
    scene.close();
  }

  /** A source that delivers what the test hands to it. */
  private static final class ByHand implements Source {
    private Receiver receiver;

    @Override
    public Subscription subscribe(String consumer, Set<String> topics, Receiver to) {
      receiver = to;
      return () -> {};
    }
  }

  private static ReceivedMessage message(String id) {
    return message(id, "body of " + id);
  }

  private static ReceivedMessage message(String id, String payload) {
    return new ReceivedMessage(
        TOPIC, id, "key", payload.getBytes(StandardCharsets.UTF_8), Map.of("token", SECRET));
  }

  private Source.Receiver open(MessageHandler handler) {
    return open(scene.consumer().on(TOPIC, handler));
  }

  private Source.Receiver open(Consumer.Builder builder) {
    var source = new ByHand();
    var unused = scene.open(builder, source);
    return source.receiver;
  }

  /** Fails as often as it is told to, and then handles. */
  private MessageHandler failing(int times, Throwable failure) {
    return (message, tx) -> {
      scene.write(message, tx);
      if (attempts.incrementAndGet() <= times) {
        thrown(failure);
      }
    };
  }

  @SuppressWarnings("unchecked") // whatever it is, undeclared ones included
  private static <X extends Throwable> void thrown(Throwable failure) throws X {
    throw (X) failure;
  }

  // ---- handled

  @Test
  void aMessageThatComesAgainIsSettledAndChangesNothing() throws Exception {
    Source.Receiver receiver = open(scene::write);
    receiver.receive(message("m1"));
    receiver.receive(message("m1"));

    assertThat(scene.handled()).containsExactly("body of m1");
    assertThat(scene.dead()).isEmpty();
  }

  @Test
  void whatFailsIsTriedAgainAndNothingOfTheAttemptsBeforeStays() throws Exception {
    open(failing(2, new IllegalStateException("not yet"))).receive(message("m1"));

    assertThat(attempts).hasValue(3);
    assertThat(scene.handled()).containsExactly("body of m1");
    assertThat(scene.dead()).isEmpty();
  }

  // ---- dead letters

  static Stream<Throwable> failures() {
    return Stream.of(
        new IllegalStateException("no"),
        new SQLException("refused", "23505"),
        new SagaStoreException("refused", SagaStoreException.Kind.PERMANENT, null),
        new InterruptedException("by nobody"),
        new NoClassDefFoundError("io/skald/Gone"),
        new StackOverflowError(),
        new OutOfMemoryError("no heap"),
        new AssertionError("no"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whateverGoesOnFailingIsADeadLetterAfterItsAttemptsAndTheNextOneIsHandled(Throwable failure)
      throws Exception {
    Source.Receiver receiver = open(failing(3, failure));
    receiver.receive(message("m1"));
    receiver.receive(message("m2"));

    assertThat(scene.dead())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.message().id()).isEqualTo("m1");
              assertThat(letter.message().headers()).containsEntry("token", SECRET);
              assertThat(letter.attempts()).isEqualTo(3);
              assertThat(letter.reason()).contains(failure.getClass().getSimpleName());
            });
    assertThat(scene.handled()).containsExactly("body of m2");
  }

  @Test
  void aPermanentFailureIsADeadLetterAtOnce() throws Exception {
    open(failing(9, new PermanentFailure("no such customer"))).receive(message("m1"));

    assertThat(attempts).hasValue(1);
    assertThat(scene.dead())
        .singleElement()
        .returns("PermanentFailure: no such customer", DeadLetter::reason);
  }

  @Test
  void aMessageOfAnIdThatSaidSomethingElseIsADeadLetterAtOnce() throws Exception {
    Source.Receiver receiver = open(scene::write);
    receiver.receive(message("m1"));
    receiver.receive(message("m1", "something else"));

    assertThat(scene.handled()).containsExactly("body of m1");
    assertThat(scene.dead())
        .singleElement()
        .satisfies(
            letter ->
                assertThat(letter.message().payload()).asString().isEqualTo("something else"));
  }

  @Test
  void aMessageOfATopicWithoutAHandlerIsADeadLetter() throws Exception {
    Source.Receiver receiver = open(scene::write);
    receiver.receive(new ReceivedMessage("orders.other", "m1", null, new byte[0], Map.of()));

    assertThat(scene.dead())
        .singleElement()
        .satisfies(letter -> assertThat(letter.reason()).contains("no handler for the topic"));
  }

  @Test
  void anInterruptThatAHandlerLeavesBehindEndsNothing() throws Exception {
    Source.Receiver receiver =
        open(
            (message, tx) -> {
              Thread.currentThread().interrupt();
              if (attempts.incrementAndGet() < 3) {
                throw new IllegalStateException("not yet");
              }
            });
    receiver.receive(message("m1"));

    assertThat(attempts).hasValue(3);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(scene.dead()).isEmpty();
  }

  @Test
  void nothingOfAPayloadAHeaderOrAnExceptionIsLogged() throws Exception {
    try (var log = new AllLogged()) {
      Source.Receiver receiver = open(failing(3, new IllegalStateException(SECRET)));
      receiver.receive(message("m1", SECRET));
      receiver.receive(message("m1", SECRET));
      receiver.receive(message("m1", SECRET + "!"));

      assertThat(log.text())
          .contains("attempt 1 at message \"m1\" from \"orders.placed\" failed")
          .contains("consumer billing: message \"m1\" from \"orders.placed\" is a dead letter")
          .contains("IllegalStateException")
          .doesNotContain(SECRET);
    }
  }

  // ---- the database

  /** The inbox or the dead letters, failing as often as it is told to. */
  private <T> T failing(Class<T> type, T real, String method, int times, Throwable failure) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method) && attempts.incrementAndGet() <= times) {
                throw failure;
              }
              try {
                return called.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private static SagaStoreException away() {
    return new SagaStoreException("away", SagaStoreException.Kind.TRANSIENT, null);
  }

  /** One attempt is all it has, and none is spent. */
  @Test
  void thatTheDatabaseIsAwayCountsAsNoAttempt() throws Exception {
    Inbox inbox = failing(Inbox.class, scene.inbox, "once", 3, away());
    open(scene.consumer(inbox).retry(Retry.never()).on(TOPIC, scene::write)).receive(message("m1"));

    assertThat(attempts).hasValue(4);
    assertThat(scene.handled()).containsExactly("body of m1");
    assertThat(scene.dead()).isEmpty();
  }

  @Test
  void aConnectionThatIsLostInAHandlerCountsAsNoAttempt() throws Exception {
    var lost = new IllegalStateException(new SQLException("terminated", "57P01"));
    open(scene.consumer().retry(Retry.never()).on(TOPIC, failing(2, lost))).receive(message("m1"));

    assertThat(attempts).hasValue(3);
    assertThat(scene.handled()).containsExactly("body of m1");
    assertThat(scene.dead()).isEmpty();
  }

  @Test
  void aMessageIsNotSettledBeforeItsDeadLetterIsKept() throws Exception {
    DeadLetters letters = failing(DeadLetters.class, scene.deadLetters, "keep", 3, away());
    Source.Receiver receiver =
        open(
            Consumer.named(ConsumerScene.NAME, scene.inbox, letters)
                .on(
                    TOPIC,
                    (message, tx) -> {
                      throw new PermanentFailure("no");
                    }));
    receiver.receive(message("m1"));

    assertThat(attempts).hasValue(4);
    assertThat(scene.dead()).hasSize(1);
  }

  // ---- operators

  @Test
  void aDeadLetterThatIsRetriedIsHandledOnce() throws Exception {
    open(failing(3, new IllegalStateException("not yet"))).receive(message("m1"));
    // another node, which looks at the same time
    open(scene::write);
    long position = scene.dead().getFirst().position();
    assertThat(scene.deadLetters.retry(position, "olga", "mended")).isTrue();

    OutboxScene.await("it is handled").until(() -> is(DeadLetter.Status.HANDLED));
    assertThat(scene.handled()).containsExactly("body of m1");
  }

  private boolean is(DeadLetter.Status status) {
    return !scene.deadLetters.find(ConsumerScene.NAME, status, 0, 1).isEmpty();
  }

  @Test
  void aDeadLetterThatFailsAgainWaitsForAnOperatorAgain() throws Exception {
    open(failing(4, new IllegalStateException("not yet"))).receive(message("m1"));
    long position = scene.dead().getFirst().position();
    assertThat(scene.deadLetters.retry(position, "olga", "mended")).isTrue();

    OutboxScene.await("it failed again")
        .until(() -> scene.dead().stream().anyMatch(letter -> letter.attempts() == 4));
    assertThat(scene.deadLetters.retry(position, "olga", "now it is")).isTrue();
    OutboxScene.await("it is handled").until(() -> is(DeadLetter.Status.HANDLED));
  }

  // ---- closing

  @Test
  void whoWaitsForTheNextAttemptIsNotSettledWhenTheConsumerIsClosed() throws Exception {
    var failed = new CountDownLatch(1);
    var source = new ByHand();
    Consumer consumer =
        scene.open(
            scene
                .consumer()
                .retry(Retry.exponential(Duration.ofHours(1)))
                .on(
                    TOPIC,
                    (message, tx) -> {
                      failed.countDown();
                      throw new IllegalStateException("not yet");
                    }),
            source);
    CompletableFuture<Void> received =
        CompletableFuture.runAsync(
            () -> {
              try {
                source.receiver.receive(message("m1"));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
    consumer.close();

    assertThatThrownBy(() -> received.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseInstanceOf(InterruptedException.class);
    assertThat(scene.dead()).isEmpty();
    assertThat(scene.inbox.once(Delivery.of(ConsumerScene.NAME, "m1", new byte[0]), tx -> {}))
        .isEqualTo(Receipt.HANDLED);
  }

  @Test
  void aConsumerIsOpenedOnceAndHasATopic() {
    Consumer consumer = scene.open(scene.consumer().on(TOPIC, scene::write), new ByHand());
    assertThatThrownBy(() -> consumer.open(new ByHand())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> scene.consumer().build()).hasMessage("topics: 0 (expected: >= 1)");
    assertThatThrownBy(() -> scene.consumer().on(TOPIC, scene::write).on(TOPIC, scene::write))
        .hasMessage("topic: orders.placed (expected: one that has no handler yet)");
  }
}
