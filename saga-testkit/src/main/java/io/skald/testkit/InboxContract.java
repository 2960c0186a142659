package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Facts of every inbox, on one that keeps messages for 7 days. Whoever writes an {@link Inbox}
 * extends it, and says how its work writes.
 */
@Timeout(60)
public abstract class InboxContract {
  private static final int RECEIVERS = 8;
  private static final int MESSAGES = 200;
  private static final Delivery M1 = delivery("m1");

  private final CountDownLatch goesOn = new CountDownLatch(1);

  /** For subclasses. */
  protected InboxContract() {}

  /** The inbox under test, empty at the beginning of each test. */
  protected abstract Inbox inbox();

  /** Writes a row in the transaction of a message; of one text there may be many. */
  protected abstract void write(Inbox.Tx tx, String text);

  /** What was written and committed, in any order. */
  protected abstract List<String> written();

  /** Lets the inbox's time go on by at least {@code duration}. */
  protected abstract void elapse(Duration duration);

  /** Returns once {@code receiver} waits for somebody else to be done with a message. */
  protected abstract void awaitWaiting(Thread receiver);

  /** Frees what a test took; after its last look at the inbox. */
  protected abstract void close();

  @AfterEach
  final void closeTheInbox() {
    // or whoever holds a message when a fact has failed keeps the inbox from being closed
    goesOn.countDown();
    close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Delivery delivery(String id) {
    return Delivery.of("billing", id, bytes("body of " + id));
  }

  private Receipt receive(Delivery delivery) {
    return inbox().once(delivery, tx -> write(tx, delivery.messageId()));
  }

  // ---- one after another

  @Test
  void aMessageIsHandledOnceHoweverOftenItComes() {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    assertThat(receive(delivery("m1"))).isEqualTo(Receipt.DUPLICATE);

    assertThat(written()).containsExactly("m1");
  }

  @Test
  void eachConsumerHandlesAMessageForItself() {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(receive(Delivery.of("shipping", "m1", bytes("body of m1"))))
        .isEqualTo(Receipt.HANDLED);

    assertThat(written()).containsExactly("m1", "m1");
  }

  @Test
  void whatTheWorkThrowsIsThrownAndTheMessageIsHandledTheNextTime() {
    var failure = new IOException("no");

    assertThatThrownBy(() -> failing(M1, failure)).isSameAs(failure);
    assertThat(written()).isEmpty();
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(written()).containsExactly("m1");
  }

  private Receipt failing(Delivery delivery, IOException failure) throws IOException {
    return inbox()
        .once(
            delivery,
            tx -> {
              write(tx, "half");
              throw failure;
            });
  }

  @Test
  void anErrorOfTheWorkIsThrownAndTheMessageIsHandledTheNextTime() {
    assertThatThrownBy(
            () ->
                inbox()
                    .once(
                        M1,
                        tx -> {
                          write(tx, "half");
                          throw new StackOverflowError("deep");
                        }))
        .isInstanceOf(StackOverflowError.class);

    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(written()).containsExactly("m1");
  }

  @Test
  void aMessageOfTheSameIdThatSaysSomethingElseIsAConflictAndChangesNothing() {
    var other = Delivery.of("billing", "m1", bytes("another body"));
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);

    assertThat(receive(other)).isEqualTo(Receipt.CONFLICT);
    assertThat(receive(other)).isEqualTo(Receipt.CONFLICT);
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    assertThat(written()).containsExactly("m1");
  }

  @Test
  void aDigestOfTheCallersStandsForTheBody() throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes("body of m1"));
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);

    assertThat(receive(Delivery.ofDigest("billing", "m1", digest))).isEqualTo(Receipt.DUPLICATE);
    digest[0]++;
    assertThat(receive(Delivery.ofDigest("billing", "m1", digest))).isEqualTo(Receipt.CONFLICT);
  }

  @Test
  void idsAreComparedByTheirBytes() {
    List<String> ids =
        List.of(
            "a",
            "A",
            " a",
            "a ",
            "a'; drop table x; --",
            "%s {} \\ \"",
            "ä",
            "a\u0308",
            "\u202ea",
            "\ud83d\ude00",
            "x".repeat(Delivery.ID_MAX),
            "\uffff".repeat(Delivery.ID_MAX));
    for (Receipt receipt : List.of(Receipt.HANDLED, Receipt.DUPLICATE)) {
      assertThat(ids).allSatisfy(id -> assertThat(receive(delivery(id))).isEqualTo(receipt));
    }
    assertThat(written()).containsExactlyInAnyOrderElementsOf(ids);
  }

  // ---- at the same time

  /** One delivery, on a thread of its own. */
  private record Receiving(Thread thread, FutureTask<Receipt> task) {
    Receipt receipt() throws Exception {
      return task.get(20, TimeUnit.SECONDS);
    }
  }

  private Receiving start(FutureTask<Receipt> task) {
    return new Receiving(Thread.ofPlatform().daemon().start(task), task);
  }

  /** A delivery whose work has written, and goes on when it is let. */
  private Receiving startHeld(Delivery delivery) throws Exception {
    var began = new CountDownLatch(1);
    Receiving receiving =
        start(
            new FutureTask<>(
                () ->
                    inbox()
                        .once(
                            delivery,
                            tx -> {
                              write(tx, "first");
                              began.countDown();
                              goesOn.await();
                            })));
    began.await();
    return receiving;
  }

  @Test
  void whoeverComesWhileAMessageIsHandledWaitsAndIsADuplicate() throws Exception {
    Receiving first = startHeld(M1);
    Receiving second = start(new FutureTask<>(() -> receive(M1)));
    awaitWaiting(second.thread());

    assertThat(second.task().isDone()).isFalse();
    goesOn.countDown();
    assertThat(first.receipt()).isEqualTo(Receipt.HANDLED);
    assertThat(second.receipt()).isEqualTo(Receipt.DUPLICATE);
    assertThat(written()).containsExactly("first");
  }

  @Test
  void whoeverWaitsHandlesTheMessageIfTheFirstRollsBack() throws Exception {
    Receiving first = startHeld(M1);
    Receiving second = start(new FutureTask<>(() -> receive(M1)));
    awaitWaiting(second.thread());

    first.thread().interrupt();
    assertThatThrownBy(first::receipt).rootCause().isInstanceOf(InterruptedException.class);
    assertThat(second.receipt()).isEqualTo(Receipt.HANDLED);
    assertThat(written()).containsExactly("m1");
  }

  @Test
  void aMessageInHandHoldsUpNoOther() throws Exception {
    Receiving first = startHeld(M1);

    assertThat(receive(delivery("m2"))).isEqualTo(Receipt.HANDLED);
    assertThat(receive(Delivery.of("shipping", "m1", bytes("")))).isEqualTo(Receipt.HANDLED);
    goesOn.countDown();
    assertThat(first.receipt()).isEqualTo(Receipt.HANDLED);
  }

  @Test
  void ofManyReceiversEachMessageIsHandledByOneAndOnce() throws Exception {
    List<FutureTask<List<Receipt>>> receivers = new ArrayList<>();
    for (int seed = 0; seed < RECEIVERS; seed++) {
      var receiver = new FutureTask<>(eachTwice(new Random(seed)));
      receivers.add(receiver);
      Thread.ofPlatform().daemon().start(receiver);
    }
    List<Receipt> receipts = new ArrayList<>();
    for (FutureTask<List<Receipt>> receiver : receivers) {
      receipts.addAll(receiver.get());
    }

    assertThat(receipts).hasSize(2 * RECEIVERS * MESSAGES).doesNotContain(Receipt.CONFLICT);
    assertThat(Collections.frequency(receipts, Receipt.HANDLED)).isEqualTo(MESSAGES);
    assertThat(written()).hasSize(MESSAGES).doesNotHaveDuplicates();
  }

  private Callable<List<Receipt>> eachTwice(Random order) {
    List<Delivery> deliveries =
        new ArrayList<>(
            IntStream.range(0, MESSAGES)
                .mapToObj(n -> delivery("m" + n))
                .flatMap(message -> Stream.of(message, message))
                .toList());
    Collections.shuffle(deliveries, order);
    return () -> deliveries.stream().map(this::receive).toList();
  }

  // ---- retention

  @Test
  void aMessageIsKnownForAsLongAsItIsKeptAndThenForgotten() {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    elapse(Duration.ofDays(6));
    assertThat(inbox().purge()).isZero();
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    assertThat(receive(delivery("m2"))).isEqualTo(Receipt.HANDLED);

    elapse(Duration.ofDays(1).plusSeconds(1));
    assertThat(inbox().purge()).as("a repeat does not prolong it").isOne();
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(receive(delivery("m2"))).isEqualTo(Receipt.DUPLICATE);
  }

  @Test
  void aMessageInConflictIsForgottenAsAnyOther() {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    elapse(Duration.ofDays(6));
    assertThat(receive(Delivery.of("billing", "m1", bytes("")))).isEqualTo(Receipt.CONFLICT);

    elapse(Duration.ofDays(1).plusSeconds(1));
    assertThat(inbox().purge()).isOne();
    assertThat(receive(Delivery.of("billing", "m1", bytes("")))).isEqualTo(Receipt.HANDLED);
  }
}
